/** Finds other copies of damaged blocks in the store: contiguous files hold leaves a second time. */
import { toHex } from '../core/bytes.js'
import { Cid, DAG_PB, verifyBlock } from '../core/cid.js'
import { isKitError } from '../core/errors.js'
import { SHA2_256 } from '../core/hash.js'
import type { Turns } from '../core/turns.js'
import { framePayload } from '../formats/leaf-frame.js'
import { currentRecords } from './current-records.js'
import type { LeavesOf } from './object-check.js'
import type { BlockRecord } from './ports.js'
import type { StoreReader } from './reader.js'

export interface Copy {
  readonly cid: Cid
  readonly block: Uint8Array
}

/**
 * Yields the blocks of some keys, given in hex, as far as a contiguous file holds them, each once.
 * @param leavesOf must not refresh the reader, which is walked.
 */
export async function* otherCopies(
  reader: StoreReader,
  keys: ReadonlySet<string>,
  leavesOf: LeavesOf,
  turns: Turns
): AsyncGenerator<Copy, void, undefined> {
  const missing = new Set(keys)
  if (missing.size === 0) return
  for await (const { key, record } of currentRecords(
    reader.index,
    ({ whole }) => whole !== 0,
    turns
  )) {
    let position = 0
    try {
      for (const { cid, size } of leavesOf(Cid.v1(record.codec, SHA2_256, key))) {
        if (turns.isDue) await turns.take()
        const hex = toHex(cid.key)
        const block = missing.has(hex) ? blockAt(reader, record, position, size, cid) : undefined
        position += size
        if (block === undefined) continue
        missing.delete(hex)
        yield { cid, block }
        if (missing.size === 0) return
      }
    } catch (error) {
      // A file whose own nodes are damaged cannot be searched.
      if (!isKitError(error) || isKitError(error, 'ABORTED')) throw error
    }
  }
}

function blockAt(
  reader: StoreReader,
  { whole }: BlockRecord,
  position: number,
  size: number,
  cid: Cid
): Uint8Array | undefined {
  try {
    const bytes = Buffer.allocUnsafeSlow(size)
    reader.readWhole(whole, position, bytes, 0, size)
    const block = cid.codec === DAG_PB ? framePayload(bytes) : bytes
    verifyBlock(cid, block)
    return block
  } catch (error) {
    if (isKitError(error)) return undefined
    throw error
  }
}
