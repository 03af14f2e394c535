/** Follows a CIDPATH to its CID. */
import { pathText, type CidPath } from '../content/cid-path.js'
import { resolve } from '../content/resolver.js'
import { Cid } from '../core/cid.js'
import { textOf } from '../core/bytes.js'
import { isKitError, KitError, toKitError, type ErrorCode } from '../core/errors.js'
import { printable } from '../core/printable.js'
import { NotReady } from '../core/not-ready.js'
import { cidsByFileName } from '../store/pin-names.js'
import { readPins } from '../store/pins.js'
import { parseAddress, type Address } from './address.js'
import type { ContentView } from './content-view.js'
import type { MountService, Services } from './services.js'

/** The folder of a mount in which named pins are links. */
const PIN_NAMES = '.names'

/** Errors of content that is not here, and may be in another home or at another time. */
const MISSING: ReadonlySet<ErrorCode> = new Set([
  'BLOCK_NOT_FOUND',
  'BACKEND_UNAVAILABLE',
  'RATE_LIMITED',
  'TIMEOUT'
])

/** Returns whether an error says no more than that a block cannot be had now. */
export const isMissing = (error: unknown): error is KitError =>
  isKitError(error) && MISSING.has(error.code)

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
    if (!isOther || !isMissing(error)) throw error
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
  const path = cidPathOf(address, view)
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

/** Parses a CIDPATH and looks up the name that it begins with. @throws INVALID_CID, PATH_NOT_FOUND. */
export const targetPath = (
  view: ContentView,
  { mounts }: Pick<Services, 'mounts'>,
  text: string
): Promise<CidPath> => {
  const address = parseAddress(text, mounts)
  return view.whenReady(() => cidPathOf(address, view))
}

/** Returns the block on a path that is the first to be missing here, or whose shards are. */
export function wayTo({ content }: ContentView, { root, names }: CidPath): Cid {
  let cid = root
  for (let i = 1; i <= names.length; i++)
    try {
      cid = resolve(content, { root, names: names.slice(0, i) })
    } catch (error) {
      if (isMissing(error) || error instanceof NotReady) return cid
      throw error
    }
  return cid
}

function cidPathOf({ namespace, root, names }: Address, view: ContentView): CidPath {
  if (namespace === 'ipns') return { root: view.cidOfName(root), names }
  if (root !== PIN_NAMES) return { root: Cid.parse(root), names }
  const [name = new Uint8Array(0), ...rest] = names
  const cid = cidsByFileName(readPins(view.reader.layout.pins).values()).get(textOf(name) ?? '')
  if (cid !== undefined) return { root: Cid.parse(cid), names: rest }
  throw new KitError(
    'PATH_NOT_FOUND',
    `no pin is named ${printable(name)}; see \`ipfs-kit pin ls\``
  )
}

/** Parses a CID without a path, in any form that names it. @throws INVALID_CID. */
export function parseCid(text: string, mounts: Pick<MountService, 'locate'>): Cid {
  const { namespace, root, names } = parseAddress(text, mounts)
  if (namespace === 'ipns' || names.length > 0)
    throw new KitError('INVALID_CID', `"${text}" is a path; give the CID alone`)
  return Cid.parse(root)
}
