/**
 * Chunk tables: the end offset of each part of a file, one table per interior node, made when a
 * read enters the node. It checks the node's claims about sizes once.
 */
import { EMPTY, equalBytes } from '../core/bytes.js'
import { Cid, DAG_PB, isDigestOf, RAW } from '../core/cid.js'
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

/**
 * Builds the table of a file node.
 * @param cid of the node, or a name for messages.
 * @throws CORRUPT_FORMAT if its sizes do not add up.
 */
export function chunkTable(cid: Cid | string, block: Uint8Array): ChunkTable {
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
  const full = fullPart(node, unixfs.blockSizes)
  if (full !== undefined) throw corrupt(`says that part ${full} has no bytes, but it has some`)
  return { inline, ends, size, node, weight: block.length * 2 + ends.byteLength + 200 }
}

/**
 * Returns a part that is not empty though its parent says so. No read would open it, so its bytes
 * would be missing unseen. It is known by its hash: an empty file has few encodings.
 */
function fullPart(node: PbNode, sizes: readonly number[]): Cid | undefined {
  let known: Uint8Array = EMPTY
  for (let i = 0; i < sizes.length; i++) {
    if (sizes[i]! > 0 || equalBytes(known, linkCid(node, i))) continue
    const part = Cid.decode(linkCid(node, i))
    if (!isEmptyFile(part)) return part
    known = linkCid(node, i)
  }
  return undefined
}

/** Nodes of an empty file, with and without data and size, as each writer has it. */
const EMPTY_FILES = [UNIXFS_RAW, UNIXFS_FILE].flatMap((type) =>
  [[], [0x12, 0], [0x18, 0], [0x12, 0, 0x18, 0]].map((rest) =>
    Uint8Array.of(0x0a, 2 + rest.length, 0x08, type, ...rest)
  )
)

function isEmptyFile(cid: Cid): boolean {
  if (cid.codec === RAW) return isDigestOf(cid, EMPTY)
  return cid.codec === DAG_PB && EMPTY_FILES.some((block) => isDigestOf(cid, block))
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
