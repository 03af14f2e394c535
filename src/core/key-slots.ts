/**
 * The slots of a sorted table: its rows in the order of a hash of their keys, so that a key leads to its row by one look,
 * however many there are. A slot has 8 bytes: the number of a row, from 1 on, and the hash of its key (u32 each), or
 * zeros. A row lies in the first slot that was free from the one that its hash names on; where none was near, it has none.
 */

/** Slots for each row: of two keys, one is in the first slot that is looked at. */
const SPREAD = 1.5
/** Slots in which a row may lie, from the one that its hash names on. */
const PROBES = 64
/** Bytes of a key that are hashed: in its end, a CID has the letters of a hash. */
const HASHED = 16
const SLOT = 8
/** Bytes of the slots in which a row may lie. */
export const PROBED = PROBES * SLOT
const HASHES = 2 ** 32

/** FNV-1a over the end of a key, its bits mixed as those of Murmur are at its end. */
export function hashOf(key: Uint8Array): number {
  let hash = 0x811c9dc5
  for (let i = Math.max(0, key.length - HASHED); i < key.length; i++)
    hash = Math.imul(hash ^ key[i]!, 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** Returns how many bytes the slots of so many rows are. The last ones are there for the hashes that name those before. */
export const slotBytes = (rows: number): number =>
  rows === 0 ? 0 : Math.ceil(rows * SPREAD) * SLOT + PROBED

/** Returns where among the slots of so many rows the first one is in which a row may lie. */
export const firstSlot = (hash: number, rows: number): number =>
  Math.floor((hash / HASHES) * Math.ceil(rows * SPREAD)) * SLOT

const u32 = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0

/**
 * Looks for a row in slots.
 * @param slots those in which it may lie.
 * @param isIt whether a row, of the same hash, is the one.
 * @returns whether it was found; undefined where it may be one without a slot.
 */
export function isInSlots(
  slots: Uint8Array,
  hash: number,
  isIt: (index: number) => boolean
): boolean | undefined {
  for (let at = 0; at < PROBED; at += SLOT) {
    const row = u32(slots, at)
    if (row === 0) return false
    if (u32(slots, at + 4) === hash && isIt(row - 1)) return true
  }
  return undefined
}

/** Returns the slots of rows, by the hashes of their keys. */
export function slotsOf(hashes: Uint32Array): Uint8Array {
  const rows = hashes.length
  const slots = new Uint32Array(slotBytes(rows) / 4)
  for (let row = 0; row < rows; row++) {
    const first = firstSlot(hashes[row]!, rows) / 4
    let at = first
    while (at < first + PROBED / 4 && slots[at] !== 0) at += SLOT / 4
    if (at === first + PROBED / 4) continue
    slots[at] = row + 1
    slots[at + 1] = hashes[row]!
  }
  return new Uint8Array(slots.buffer)
}
