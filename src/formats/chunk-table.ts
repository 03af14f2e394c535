/**
 * Chunk tables: the end offset of each part of a file, one table per interior node, made when a
 * read enters the node. It checks the node's claims about sizes once.
 */
import { EMPTY } from '../core/bytes.js'
import { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { decodePb, linkCid, type PbNode } from './dag-pb.js'
import { decodeUnixFs, UNIXFS_FILE, UNIXFS_RAW } from './unixfs.js'

export interface ChunkTable {
  /** Bytes in the node itself, before its parts. */
  readonly inline: Uint8Array
  /** ends[i] is the end of part i, counted from the start of this node's bytes. */
  readonly ends: Float64Array
  readonly size: number
  readonly node: PbNode
  /** Approximate bytes of memory, for the bounded cache. */
  readonly weight: number
}

export const partCid = (table: ChunkTable, i: number): Cid => Cid.decode(linkCid(table.node, i))

/** Builds the table of a file node. @throws CORRUPT_FORMAT if its sizes do not add up. */
export function chunkTable(cid: Cid, block: Uint8Array): ChunkTable {
  const corrupt = (reason: string): KitError =>
    new KitError('CORRUPT_FORMAT', `file node ${cid} ${reason}`)
  const node = decodePb(block)
  const unixfs = decodeUnixFs(node.data ?? EMPTY)
  if (unixfs.type !== UNIXFS_FILE && unixfs.type !== UNIXFS_RAW) throw corrupt('is no file')
  if (unixfs.blockSizes.length !== node.count)
    throw corrupt(`has ${unixfs.blockSizes.length} part sizes for ${node.count} parts`)
  const inline = unixfs.data ?? EMPTY
  const ends = new Float64Array(node.count)
  let size = inline.length
  for (let i = 0; i < ends.length; i++) {
    size += unixfs.blockSizes[i]!
    ends[i] = size
  }
  if (!Number.isSafeInteger(size) || (unixfs.fileSize !== undefined && unixfs.fileSize !== size))
    throw corrupt(`claims ${unixfs.fileSize} bytes, but its parts make ${size}`)
  return { inline, ends, size, node, weight: block.length * 2 + ends.byteLength + 200 }
}

/** Returns the index of the part that holds a position after the inline bytes. */
export function partAt(table: ChunkTable, position: number): number {
  let low = 0
  let high = table.ends.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (table.ends[middle]! <= position) low = middle + 1
    else high = middle
  }
  return low
}
