/** Archives in memory, and CIDs that hold their blocks. */
import { carArchive } from '../../src/content/car-archive.js'
import type { ByteSource } from '../../src/core/byte-source.js'
import { EMPTY } from '../../src/core/bytes.js'
import { Cid, RAW } from '../../src/core/cid.js'
import { IDENTITY } from '../../src/core/hash.js'
import { carHeader, sectionHead } from '../../src/formats/car-writer.js'
import { encodePb } from '../../src/formats/dag-pb.js'
import { encodeUnixFs, UNIXFS_FILE } from '../../src/formats/unixfs.js'
import type { Block } from './blocks.js'
import { pbCid, rawCid } from './stores.js'

export const memorySource = (bytes: Uint8Array): ByteSource => ({
  size: bytes.length,
  read: (target, offset) => Buffer.from(bytes).copy(target, 0, offset)
})

export const identityCid = (block: Uint8Array, codec = RAW): Cid => Cid.v1(codec, IDENTITY, block)

/** The archive of a DAG out of blocks, of which the first is the root. */
export async function archiveOf(blocks: readonly Block[], version: 1 | 2 = 2): Promise<Buffer> {
  const known = new Map(blocks.map(({ cid, block }) => [String(cid), block]))
  const source = { getBlock: (cid: Cid) => known.get(String(cid))! }
  const { signal } = new AbortController()
  const pieces: Uint8Array[] = []
  const archive = await carArchive(blocks[0]!.cid, source, { signal, version })
  for await (const piece of archive.content()) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** A UnixFS file of two levels, the root first, and its content. */
export function largeFile(
  leaves: readonly Uint8Array[],
  width: number,
  framed = false
): { blocks: Block[]; content: Buffer } {
  // prettier-ignore
  let level = leaves.map((bytes) => {
    const block = framed ? encodePb([], encodeUnixFs({ type: UNIXFS_FILE, data: bytes, fileSize: bytes.length, blockSizes: [] })) : bytes // prettier-ignore
    return { cid: framed ? pbCid(block) : rawCid(block), block, size: bytes.length }
  })
  const blocks: Block[] = [...level]
  while (level.length > 1) {
    const above: typeof level = []
    for (let at = 0; at < level.length; at += width) {
      const parts = level.slice(at, at + width)
      const size = parts.reduce((sum, part) => sum + part.size, 0)
      const links = parts.map(({ cid, block }) => ({ name: EMPTY, cid: cid.bytes, tsize: block.length })) // prettier-ignore
      const block = encodePb(links, encodeUnixFs({ type: UNIXFS_FILE, fileSize: size, blockSizes: parts.map(({ size }) => size) })) // prettier-ignore
      above.push({ cid: pbCid(block), block, size })
    }
    blocks.unshift(...above)
    level = above
  }
  return { blocks, content: Buffer.concat(leaves) }
}

/** An archive of blocks as they come, without an index; the first is its root. */
export const archiveOfAll = (blocks: readonly Block[]): Buffer =>
  Buffer.concat([
    carHeader([blocks[0]!.cid]),
    ...blocks.flatMap(({ cid, block }) => [sectionHead(cid, block.length), block])
  ])
