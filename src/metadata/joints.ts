/**
 * Where words of a text meet: two characters, what lies between the words, and two characters. A row that has a text of several
 * words has its joints, too, which tells most rows apart that have the words elsewhere, without reading their texts.
 */

/** Numbers of a row in which a bit stands for the joints with one hash. */
export const SIGN = 8
const BITS = SIGN * 32

const WORD = /[\p{L}\p{N}\p{M}]+/gu

/** Returns the bits of the joints of a folded text. */
export function joints(text: string): readonly number[] {
  const bits: number[] = []
  let end = -1
  let isLong = false
  for (const { 0: word, index } of text.matchAll(WORD)) {
    const isNextLong = word.length > 1
    if (isLong && isNextLong) bits.push(hashOf(text, end - 2, index + 2) % BITS)
    end = index + word.length
    isLong = isNextLong
  }
  return bits
}

/** FNV-1a. */
function hashOf(text: string, start: number, end: number): number {
  let hash = 0x811c9dc5
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return (hash ^ (hash >>> 15)) >>> 0
}
