/** Follows a CIDPATH to its CID. */
import { pathText, type CidPath } from '../content/cid-path.js'
import { resolve } from '../content/resolver.js'
import { Cid } from '../core/cid.js'
import { isKitError, KitError, toKitError, type ErrorCode } from '../core/errors.js'
import { NotReady } from '../core/not-ready.js'
import { parseAddress, type Address } from './address.js'
import type { ContentView } from './content-view.js'
import type { MountService, Services } from './services.js'

/** Errors of content that another home may have. */
const MISSING: ReadonlySet<ErrorCode> = new Set([
  'BLOCK_NOT_FOUND',
  'BACKEND_UNAVAILABLE',
  'TIMEOUT'
])

export interface Target {
  readonly cid: Cid
  readonly path: CidPath
}

/**
 * Follows a CIDPATH to its CID, fetching what lies on the way.
 * @throws INVALID_CID, BLOCK_NOT_FOUND naming the root and what to do, PATH_NOT_FOUND, and what
 * fetching throws.
 */
export async function target(
  view: ContentView,
  { home, mounts }: Pick<Services, 'home' | 'mounts'>,
  text: string
): Promise<Target> {
  const address = parseAddress(text, mounts)
  try {
    return await view.whenReady(() => findTarget(address, view))
  } catch (error) {
    const isOther = address.home !== undefined && address.home !== home
    if (!isOther || !isKitError(error) || !MISSING.has(error.code)) throw error
    throw inOtherHome(text, address.home, error)
  }
}

/** The mount of another home shows what this one need not have. */
function inOtherHome(text: string, home: string, error: KitError): KitError {
  const { code, message } = error
  return new KitError(
    code,
    `${message}; ${text} lies in the mount of another home: \`ipfs-kit --home ${home}\` reads it`,
    { cause: error }
  )
}

/** Follows an address with what is here. The error for a missing block says what to do. */
function findTarget(address: Address, view: ContentView): Target {
  const { namespace, root, names } = address
  const path = { root: namespace === 'ipns' ? view.cidOfName(root) : Cid.parse(root), names }
  try {
    const cid = resolve(view.content, path)
    view.content.stat(cid)
    return { cid, path }
  } catch (error) {
    if (error instanceof NotReady) throw error
    if (!isKitError(error, 'BLOCK_NOT_FOUND')) throw toKitError(error)
    throw new KitError(
      'BLOCK_NOT_FOUND',
      `${pathText(path)}: ${error.message}; add it, import an archive that holds it, or add a backend that has it`,
      { cause: error }
    )
  }
}

/** Parses a CID without a path, in any form that names it. @throws INVALID_CID. */
export function parseCid(text: string, mounts: Pick<MountService, 'locate'>): Cid {
  const { namespace, root, names } = parseAddress(text, mounts)
  if (namespace === 'ipns' || names.length > 0)
    throw new KitError('INVALID_CID', `"${text}" is a path; give the CID alone`)
  return Cid.parse(root)
}
