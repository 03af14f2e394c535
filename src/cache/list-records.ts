/** Lists what a cache holds, block by block. */
import { toHex } from '../core/bytes.js'
import { Cid } from '../core/cid.js'
import type { Entry } from './record-entry.js'
import type { RecordTable } from './record-table.js'

export interface CachedBlock {
  /** Of a block under another hash than sha2-256 the key of its record, as `key …`, is known alone. */
  readonly cid: string
  /** Bytes. */
  readonly size: number
  /** Whether its bytes lie on the disk; else they are in memory alone. */
  readonly isOnDisk: boolean
  /** How often it was read. */
  readonly reads: number
  /** The origin hash of the backend that gave it. */
  readonly origin: number
}

const SHA2_256 = 0x12

export function* cachedBlocks(records: RecordTable): Generator<CachedBlock, void, undefined> {
  for (let record = 1; record < records.highWater; record++) {
    if (!records.isUsed(record)) continue
    const entry = records.read(record)
    yield {
      cid: cidOf(records.keyOf(record), entry),
      size: entry.length,
      isOnDisk: entry.object >= 0,
      reads: records.touches(record).count,
      origin: entry.origin
    }
  }
}

const cidOf = (key: Uint8Array, { codec, hashCode }: Entry): string =>
  hashCode === SHA2_256 ? String(Cid.v1(codec, hashCode, key)) : `key ${toHex(key)}`
