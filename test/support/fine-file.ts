/** A gigabyte cut into leaves of a byte, in a few nodes that lead to each other a thousand times. */
import { encodePb } from '../../src/formats/dag-pb.js'
import { encodeUnixFs, UNIXFS_FILE } from '../../src/formats/unixfs.js'
import type { Block } from './blocks.js'
import { pbCid, rawCid } from './stores.js'

const FANOUT = 1024

/** The root is the first block; the byte at an offset is its last 8 bits. */
export function fineFile(): Block[] {
  const leaves = Array.from({ length: 256 }, (_, i) => {
    const block = Buffer.from([i])
    return { cid: rawCid(block), block }
  })
  const lowest = nodeOf(
    Array.from({ length: FANOUT }, (_, i) => leaves[i % 256]!),
    1
  )
  const middle = nodeOf(
    Array.from({ length: FANOUT }, () => lowest),
    FANOUT
  )
  const root = nodeOf(
    Array.from({ length: FANOUT }, () => middle),
    FANOUT ** 2
  )
  return [root, middle, lowest, ...leaves]
}

function nodeOf(parts: readonly Block[], size: number): Block {
  const block = encodePb(
    parts.map(({ cid }) => ({ name: new Uint8Array(), cid: cid.bytes, tsize: size })),
    encodeUnixFs({
      type: UNIXFS_FILE,
      fileSize: size * parts.length,
      blockSizes: parts.map(() => size)
    })
  )
  return { cid: pbCid(block), block }
}

/** The bytes of the file from an offset on. */
export const fineBytes = (offset: number, length: number): Buffer =>
  Buffer.from(Uint8Array.from({ length }, (_, i) => (offset + i) & 255))
