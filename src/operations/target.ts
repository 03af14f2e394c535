/** Follows a CIDPATH to its CID. */
import { isCid, pathText, type CidPath } from '../content/cid-path.js'
import { resolve } from '../content/resolver.js'
import { Cid } from '../core/cid.js'
import { textOf, utf8 } from '../core/bytes.js'
import { isKitError, KitError, toKitError, type ErrorCode } from '../core/errors.js'
import { printable } from '../core/printable.js'
import { NotReady } from '../core/not-ready.js'
import { StoreLayout } from '../store/layout.js'
import { cidsByFileName } from '../store/pin-names.js'
import { readPins } from '../store/pins.js'
import { parseAddress, type Address } from './address.js'
import type { ContentView } from './content-view.js'
import { absentHome, isHomeAbsent } from './home-there.js'
import { withHint } from './other-meaning.js'
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
  services: Pick<Services, 'home' | 'mounts'>,
  text: string
): Promise<Target> {
  const address = addressOf(services, text)
  const other = address.home === services.home ? undefined : address.home
  try {
    return await view.whenReady(() => findTarget(address, view))
  } catch (error) {
    if (other === undefined || !isMissing(error)) throw error
    throw inOtherHome(text, other, error)
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

/** @throws INVALID_CID; PATH_NOT_FOUND for a name that only another home knows. */
function addressOf({ home, mounts }: Pick<Services, 'home' | 'mounts'>, text: string): Address {
  const address = withHint(text, home, () => parseAddress(text, mounts))
  if (address.home === undefined || address.home === home || !isLocalName(address)) return address
  const reason = `${printable(utf8(address.root))} is a name that is given there`
  throw inOtherHome(text, address.home, new KitError('PATH_NOT_FOUND', reason))
}

/** Returns whether a name means what its home says: neither a domain nor a key. */
const isLocalName = ({ namespace, root }: Address): boolean =>
  namespace === 'ipns' && !root.includes('.') && !/^(12D3Koo|16Uiu2|Qm)/.test(root) && !isCid(root)

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
    const { home } = view.reader.layout
    if (isHomeAbsent(home))
      throw new KitError('BLOCK_NOT_FOUND', absentHome(home), { cause: error })
    const where = path.names.length === 0 ? '' : `${pathText(path)}: `
    throw new KitError(
      'BLOCK_NOT_FOUND',
      `${where}${error.message}; add it, import an archive that holds it, or add a backend that has it`,
      { cause: error }
    )
  }
}

/** Parses a CIDPATH and looks up the name that it begins with. @throws INVALID_CID, PATH_NOT_FOUND. */
export const targetPath = (
  view: ContentView,
  services: Pick<Services, 'home' | 'mounts'>,
  text: string
): Promise<CidPath> => {
  const address = addressOf(services, text)
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

function cidPathOf({ namespace, root, names, home }: Address, view: ContentView): CidPath {
  if (namespace === 'ipns') return { root: view.cidOfName(root), names }
  if (root !== PIN_NAMES) return { root: Cid.parse(root), names }
  const [name = new Uint8Array(0), ...rest] = names
  // A name means the pin of the home in whose mount it is.
  const { pins } = home === undefined ? view.reader.layout : new StoreLayout(home)
  const cid = cidsByFileName(readPins(pins).values()).get(textOf(name) ?? '')
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
