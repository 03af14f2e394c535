/** Paths of content: a CID and names below it. */
import { textOf, utf8 } from '../core/bytes.js'
import { Cid } from '../core/cid.js'
import { isKitError, KitError } from '../core/errors.js'
import { printable } from '../core/printable.js'

const MAX_PATH = 4096

/** A root and the names below it. */
export interface CidPath {
  readonly root: Cid
  readonly names: readonly Uint8Array[]
}

/** A path whose root is still a text, of a CID or of a name. */
export interface SplitPath {
  readonly root: string
  readonly names: readonly Uint8Array[]
}

/**
 * Parses `CID[/path]` or `/ipfs/CID[/path]`.
 * @throws INVALID_CID, NAME_TOO_LONG.
 */
export function parseCidPath(text: string): CidPath {
  const { root, names } = splitPath(utf8(text.replace(/^\/ipfs\//, '')))
  return { root: Cid.parse(root), names }
}

/**
 * Splits a path. `.` and `..` are resolved by its text, before any link is looked at.
 * @throws NAME_TOO_LONG; INVALID_CID where `..` leads above the root.
 */
export function splitPath(path: Uint8Array): SplitPath {
  if (path.length > MAX_PATH)
    throw new KitError('NAME_TOO_LONG', `a path of ${path.length} bytes is over ${MAX_PATH}`)
  const parts = partsOf(path)
  const length = partsOfRoot(parts)
  const root = parts.slice(0, length).map(printable).join('/')
  const names: Uint8Array[] = []
  for (const part of parts.slice(length)) {
    const text = part.length > 2 ? undefined : textOf(part)
    if (text === '' || text === '.') continue
    if (text !== '..') names.push(part)
    else if (names.pop() === undefined)
      throw new KitError('INVALID_CID', `"${printable(path)}" leads above its root`)
  }
  return { root, names }
}

function partsOf(path: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = []
  let start = 0
  for (let end = path.indexOf(0x2f); end >= 0; end = path.indexOf(0x2f, start)) {
    parts.push(path.subarray(start, end))
    start = end + 1
  }
  return [...parts, path.subarray(start)]
}

/** Returns how many parts the root takes: a CID in base64 may have slashes. */
function partsOfRoot(parts: readonly Uint8Array[]): number {
  let text = textOf(parts[0]!) ?? ''
  if (!/^m/i.test(text)) return 1
  for (let length = 1; length <= parts.length; length++) {
    if (isCid(text)) return length
    text += `/${textOf(parts[length] ?? new Uint8Array(0))}`
  }
  return 1
}

/** Returns whether the first part of a path is a CID. */
export function beginsWithCid(path: Uint8Array): boolean {
  if (path.length > MAX_PATH) return false
  const parts = partsOf(path)
  return isCid(parts.slice(0, partsOfRoot(parts)).map(printable).join('/'))
}

/** Returns whether a text is a CID. */
export function isCid(text: string): boolean {
  try {
    Cid.parse(text)
    return true
  } catch (error) {
    if (isKitError(error, 'INVALID_CID')) return false
    throw error
  }
}

/** Returns the text of a path, safe to print. */
export const pathText = ({ root, names }: CidPath): string =>
  [String(root), ...names.map(printable)].join('/')
