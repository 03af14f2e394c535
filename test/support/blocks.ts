/** Blocks made by hand, as no honest program would make them. */
import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { carHeader, sectionHead } from '../../src/formats/car-writer.js'
import { encodePb } from '../../src/formats/dag-pb.js'
import { encodeUnixFs, UNIXFS_DIRECTORY } from '../../src/formats/unixfs.js'
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
