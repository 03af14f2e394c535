/** Resolves a CID path to a CID: by name in directories, by key in dag-cbor and dag-json. */
import { textOf, utf8 } from '../core/bytes.js'
import { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { printable } from '../core/printable.js'
import { Kind } from '../formats/block-kind.js'
import type { Content } from './content.js'
import { asLink, decodeValue, isValueCodec } from '../formats/links.js'

const MAX_PATH = 4096

/** A root and the names below it. */
export interface CidPath {
  readonly root: Cid
  readonly names: readonly Uint8Array[]
}

/**
 * Parses `CID[/path]`, `/ipfs/CID[/path]` or `ipfs://CID[/path]`.
 * @throws INVALID_CID, NAME_TOO_LONG.
 */
export function parseCidPath(text: string): CidPath {
  const rest = text.startsWith('ipfs://')
    ? decodeUrl(text.slice('ipfs://'.length))
    : text.replace(/^\/ipfs\//, '')
  if (rest.length > MAX_PATH)
    throw new KitError('NAME_TOO_LONG', `a path of ${rest.length} characters`)
  const [root = '', ...names] = rest.split('/')
  return { root: Cid.parse(root), names: names.filter((name) => name !== '').map(utf8) }
}

/** Decodes the percent-encoding of a URL; a path has none. */
function decodeUrl(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw new KitError('INVALID_CID', `ipfs://${text} is not percent-encoded as a URL is`, {
      cause
    })
  }
}

/** Returns the text of a path, safe to print. */
export const pathText = ({ root, names }: CidPath): string =>
  [String(root), ...names.map(printable)].join('/')

/**
 * Follows a path. Symlinks inside a DAG are not followed.
 * @throws PATH_NOT_FOUND, NOT_A_DIRECTORY, BLOCK_NOT_FOUND, CORRUPT_FORMAT.
 */
export function resolve(content: Content, path: CidPath): Cid {
  let cid = path.root
  for (let i = 0; i < path.names.length;) {
    const done: CidPath = { root: path.root, names: path.names.slice(0, i) }
    if (isValueCodec(cid.codec)) {
      const found = followValue(content, cid, path.names.slice(i), done)
      cid = found.cid
      i += found.used
      continue
    }
    const name = path.names[i]!
    if (name.length > 255) throw new KitError('NAME_TOO_LONG', `a name of ${name.length} bytes`)
    const { kind } = content.stat(cid)
    if (kind !== Kind.DIRECTORY && kind !== Kind.HAMT)
      throw new KitError('NOT_A_DIRECTORY', `${pathText(done)} is not a directory`)
    const child = content.child(cid, name)
    if (child === undefined)
      throw new KitError('PATH_NOT_FOUND', `${pathText(done)} has no entry "${printable(name)}"`)
    cid = child
    i++
  }
  return cid
}

/** Follows keys and list positions inside one block up to a link. @throws PATH_NOT_FOUND. */
function followValue(
  content: Content,
  cid: Cid,
  names: readonly Uint8Array[],
  done: CidPath
): { cid: Cid; used: number } {
  let value = decodeValue(cid.codec, content.blocks.get(cid))
  for (let used = 0; used < names.length; used++) {
    const key = textOf(names[used]!) ?? ''
    const holder = typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)
    if (!holder || !Object.hasOwn(value as object, key))
      throw new KitError(
        'PATH_NOT_FOUND',
        `${pathText(done)} has no key "${printable(names[used]!)}"`
      )
    value = (value as Record<string, unknown>)[key]
    const link = asLink(value)
    if (link !== undefined) return { cid: link, used: used + 1 }
  }
  throw new KitError(
    'PATH_NOT_FOUND',
    `${pathText({ root: done.root, names: [...done.names, ...names] })} is a value inside a block, not a link`
  )
}
