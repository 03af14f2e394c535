/** Walks the bytes of a UnixFS file whose nodes have to be read, from a position on. */
import { DAG_PB, type Cid } from '../../src/core/cid.js'
import { KitError } from '../../src/core/errors.js'
import { chunkTable, partAt, partCid } from '../../src/formats/chunk-table.js'

/** Deepest nesting of file nodes that is read. */
const MAX_DEPTH = 64

/** A block that is nothing but bytes of the file. */
export interface FileLeaf {
  readonly cid: Cid
  /** Bytes of the block that lie before the position. */
  readonly skip: number
}

/** A part of a file: bytes that lie in a node, or a leaf. */
export type FilePart = { readonly bytes: Uint8Array } | FileLeaf

/**
 * Gives the verified block of a node.
 * @param size bytes of the file that its parent says are below it; undefined for the root.
 */
export type ReadNode = (cid: Cid, size: number | undefined) => Promise<Uint8Array>

/**
 * Yields the parts of a file in order. Nodes are read when their turn comes.
 * @throws CORRUPT_FORMAT, what `read` throws.
 */
export async function* fileParts(
  cid: Cid,
  position: number,
  read: ReadNode,
  claimed?: number,
  depth = 0
): AsyncGenerator<FilePart, void, undefined> {
  if (depth > MAX_DEPTH)
    throw new KitError('CORRUPT_FORMAT', `file nodes nested deeper than ${MAX_DEPTH} at ${cid}`)
  if (cid.codec !== DAG_PB) {
    yield cid.isIdentity ? { bytes: cid.identityBlock.subarray(position) } : { cid, skip: position }
    return
  }
  const table = chunkTable(cid, cid.isIdentity ? cid.identityBlock : await read(cid, claimed))
  if (position < table.inline.length) yield { bytes: table.inline.subarray(position) }
  for (let i = partAt(table, Math.max(position, table.inline.length)); i < table.ends.length; i++) {
    const start = i === 0 ? table.inline.length : table.ends[i - 1]!
    if (table.ends[i] === start) continue
    const size = table.ends[i]! - start
    yield* fileParts(partCid(table, i), Math.max(0, position - start), read, size, depth + 1)
  }
}

/** Returns the last part of a file that is no node; undefined where that is not known. */
export async function lastPart(
  root: Cid,
  read: (cid: Cid) => Promise<Uint8Array>
): Promise<Cid | undefined> {
  let cid = root
  for (let depth = 0; depth <= MAX_DEPTH && cid.codec === DAG_PB && !cid.isIdentity; depth++) {
    const table = chunkTable(cid, await read(cid))
    if (table.ends.length === 0) return cid
    cid = partCid(table, table.ends.length - 1)
  }
  return cid.codec === DAG_PB || cid.isIdentity ? undefined : cid
}
