/** Slots of HAMT shards, which are bits of a name's hash, the first ones at the root. */
import { murmur } from '../formats/murmur3.js'

/** Bits of a hash that a directory can use. */
export const HASH_BITS = 64

/** The slots from the root of a directory down to a name, and how many bits each of them takes. */
export type SlotPath = readonly { readonly slot: number; readonly bits: number }[]

/** Returns the number of hex digits before the names in a shard. */
export const slotWidth = (fanout: number): number => (fanout - 1).toString(16).length

/** Returns the slot that a link's prefix names; NaN if it is no hex number. */
export function slotOf(name: Uint8Array, width: number): number {
  let slot = name.length < width ? Number.NaN : 0
  for (let i = 0; i < width && i < name.length; i++) {
    const c = name[i]!
    const digit = c >= 0x30 && c <= 0x39 ? c - 0x30 : c >= 0x41 && c <= 0x46 ? c - 0x37 : Number.NaN
    slot = slot * 16 + digit
  }
  return slot
}

/** Returns `count` bits, up to 10, from bit `from` on of the hash that murmur64 computed last. */
export function hashSlot(from: number, count: number): number {
  const mask = (1 << count) - 1
  const end = from + count
  if (end <= 32) return (murmur.high >>> (32 - end)) & mask
  if (from >= 32) return (murmur.low >>> (64 - end)) & mask
  return ((murmur.high << (end - 32)) | (murmur.low >>> (64 - end))) & mask
}

/** Returns whether the hash that murmur64 computed last leads along a path, from bit `from` on. */
export function hashMatches(path: SlotPath, from: number): boolean {
  let used = from
  for (const { slot, bits } of path) {
    if (used + bits > HASH_BITS || hashSlot(used, bits) !== slot) return false
    used += bits
  }
  return true
}
