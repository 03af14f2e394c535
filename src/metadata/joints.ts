/**
 * Where words of a text meet: the last characters of a word, what lies between, and the first ones of the next. A row that has a
 * text of several words has its joints, too, which tells most rows apart that have the words elsewhere, without reading their texts.
 * Of two characters at each side they tell more; those of one are there for words of one letter, which may end a longer word.
 */

/** Bits of a row, of which each joint has a few. */
export const BITS = 512
/** Bits of a joint: rows of a hundred places of joints have two thirds of all bits, and few of them all those of a joint that they lack. */
const EACH = 3
/** Bits of a hash that name one of `BITS`. */
const HASH_BITS = 9
/** Rows whose bits lie together: 32 numbers for the first bit, as many for the next. */
export const BLOCK = 1024

/** Returns the number in which a bit of a row lies. */
export const placeOf = (row: number, bit: number): number =>
  (((row >>> 10) * BITS + bit) << 5) + ((row >>> 5) & 31)

/** Returns how many numbers the bits of some rows are. */
export const signsOf = (rows: number): number => Math.ceil(rows / BLOCK) * BITS * (BLOCK / 32)

const WORD = /[\p{L}\p{N}\p{M}]+/gu

/** Returns the bits of the joints of a folded text. */
export function joints(text: string): readonly number[] {
  const bits: number[] = []
  let end = -1
  let isLong = false
  for (const { 0: word, index } of text.matchAll(WORD)) {
    const isNextLong = word.length > 1
    if (end >= 0) addBits(bits, hashOf(text, end - 1, index + 1))
    if (isLong && isNextLong) addBits(bits, hashOf(text, end - 2, index + 2))
    end = index + word.length
    isLong = isNextLong
  }
  return bits
}

function addBits(bits: number[], hash: number): void {
  for (let i = 0; i < EACH; i++) bits.push((hash >>> (HASH_BITS * i)) % BITS)
}

/** FNV-1a, its bits mixed as those of Murmur are at its end. */
function hashOf(text: string, start: number, end: number): number {
  let hash = 0x811c9dc5
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
