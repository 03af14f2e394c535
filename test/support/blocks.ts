/** Blocks made by hand, as no honest program would make them. */
import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { carHeader, sectionHead } from '../../src/formats/car-writer.js'
import { encodePb } from '../../src/formats/dag-pb.js'
import { encodeUnixFs, UNIXFS_DIRECTORY, UNIXFS_FILE } from '../../src/formats/unixfs.js'
import type { Cid } from '../../src/core/cid.js'
import type { Kit } from './cli.js'
import { pbCid, rawCid } from './stores.js'

export interface Block {
  readonly cid: Cid
  readonly block: Uint8Array
}

/** An archive of hand-made blocks, the first being the root. @returns its path. */
export function carOf(folder: string, blocks: readonly Block[]): string {
  const file = join(folder, `${randomUUID()}.car`)
  const parts = blocks.flatMap(({ cid, block }) => [sectionHead(cid, block.length), block])
  writeFileSync(file, Buffer.concat([carHeader([blocks[0]!.cid]), ...parts]))
  return file
}

/** Import hand-made blocks, the first being the root. */
export async function importBlocks(
  kit: Kit,
  folder: string,
  blocks: readonly Block[]
): Promise<string> {
  const file = carOf(folder, blocks)
  await kit.ok('car', 'import', file)
  return String(blocks[0]!.cid)
}

export const folderBlock = (
  entries: readonly { name: string; cid: Cid; tsize?: number }[]
): Block => {
  const block = encodePb(
    entries.map(({ name, cid, tsize }) => ({
      name: Buffer.from(name, 'latin1'),
      cid: cid.bytes,
      tsize: tsize ?? 1
    })),
    encodeUnixFs({ type: UNIXFS_DIRECTORY, blockSizes: [] })
  )
  return { cid: pbCid(block), block }
}

export const leafBlock = (text: string): Block => ({
  cid: rawCid(Buffer.from(text)),
  block: Buffer.from(text)
})

/**
 * A large file out of few blocks, the root first: one leaf, repeated as often as each level says,
 * from the leaves up.
 */
export function repeatedFile(leaf: Uint8Array, levels: readonly number[]): Block[] {
  const blocks: Block[] = [{ cid: rawCid(leaf), block: leaf }]
  let size = leaf.length
  for (const count of levels) {
    const below = { name: Buffer.alloc(0), cid: blocks[0]!.cid.bytes, tsize: size }
    const blockSizes = Array.from({ length: count }, () => size)
    size *= count
    const data = encodeUnixFs({ type: UNIXFS_FILE, fileSize: size, blockSizes })
    const block = encodePb(Array.from({ length: count }, () => below), data) // prettier-ignore
    blocks.unshift({ cid: pbCid(block), block })
  }
  return blocks
}
