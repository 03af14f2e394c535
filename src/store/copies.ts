/** Finds other copies of damaged blocks in the store: contiguous files hold leaves a second time. */
import { toHex } from '../core/bytes.js'
import { DAG_PB, verifyBlock } from '../core/cid.js'
import { isKitError } from '../core/errors.js'
import { Cid } from '../core/cid.js'
import { SHA2_256 } from '../core/hash.js'
import type { Turns } from '../core/turns.js'
import { framePayload } from '../formats/leaf-frame.js'
import type { LeavesOf } from './object-check.js'
import { inPlaceOrder } from './place-order.js'
import type { BlockRecord } from './ports.js'
import type { StoreReader } from './reader.js'

/** Returns the blocks of some keys, by the keys in hex, as far as a contiguous file holds them. */
export async function otherCopies(
  reader: StoreReader,
  keys: ReadonlySet<string>,
  leavesOf: LeavesOf,
  turns: Turns
): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>()
  if (keys.size === 0) return found
  for (const { key, record } of inPlaceOrder(reader.index)) {
    if (record.whole === 0 || found.size === keys.size) continue
    let position = 0
    try {
      for (const { cid, size } of leavesOf(Cid.v1(record.codec, SHA2_256, key))) {
        if (turns.isDue) await turns.take()
        const hex = toHex(cid.key)
        const block = keys.has(hex) && !found.has(hex) ? blockAt(reader, record, position, size, cid) : undefined // prettier-ignore
        if (block !== undefined) found.set(hex, block)
        position += size
      }
    } catch (error) {
      // A file whose own nodes are damaged cannot be searched.
      if (!isKitError(error) || isKitError(error, 'ABORTED')) throw error
    }
  }
  return found
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
