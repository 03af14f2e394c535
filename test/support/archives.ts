/** Archives in memory, and CIDs that hold their blocks. */
import type { ByteSource } from '../../src/core/byte-source.js'
import { Cid, RAW } from '../../src/core/cid.js'
import { IDENTITY } from '../../src/core/hash.js'

export const memorySource = (bytes: Uint8Array): ByteSource => ({
  size: bytes.length,
  read: (target, offset) => Buffer.from(bytes).copy(target, 0, offset)
})

export const identityCid = (block: Uint8Array, codec = RAW): Cid => Cid.v1(codec, IDENTITY, block)
