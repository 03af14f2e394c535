/** Resolves a CID path to a CID: by name in directories, by key in dag-cbor and dag-json. */
import { textOf } from '../core/bytes.js'
import type { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { printable } from '../core/printable.js'
import { Kind } from '../formats/block-kind.js'
import { pathText, type CidPath } from './cid-path.js'
import type { Content } from './content.js'
import { asLink, decodeValue, isValueCodec } from '../formats/ipld-value.js'

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
