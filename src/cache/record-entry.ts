/**
 * A record of the index: 128 bytes, of which the last 32 are the key. Its sequence number, links and
 * use counts belong to the table (record-table.ts).
 */

export const RECORD_BYTES = 128
export const KEY_BYTES = 32

// Words of a record.
export const SEQUENCE = 0
export const NEXT = 1
const OBJECT_AT = 2
const LENGTH = 3
export const FLAGS = 4
const CODEC = 5
const HASH = 6
const MTIME_NSEC = 7
const OFFSET = 4 // float64
const SIZE = 5 // float64
const MTIME_SEC = 6 // float64, NaN where there is none
const WHOLE = 14
export const TOUCHES = 15
export const TOUCHED = 16
export const CHECK = 17
const OBJECT_GENERATION = 18
const WHOLE_GENERATION = 19
const ORIGIN = 20
export const KEY_AT = 96

const FLAG_FRAMED = 0x100
const FLAG_MODE = 0x200
export const FLAG_USED = 0x8000

/** The content of a record. */
export interface Entry {
  /** The object that holds the payload, −1 for none, and the generation of its slot. */
  object: number
  objectGeneration: number
  offset: number
  length: number
  framed: boolean
  kind: number
  size: number
  mode: number | undefined
  mtimeSec: number | undefined
  mtimeNsec: number
  codec: number
  hashCode: number
  /** The object that holds the whole file, −1 for none, and the generation of its slot. */
  whole: number
  wholeGeneration: number
  /** The originHash of the backend that gave the block. */
  origin: number
}

/** @param at word offset of the record. */
export function readEntry(words: Int32Array, floats: Float64Array, at: number): Entry {
  const flags = words[at + FLAGS]!
  const sec = floats[at / 2 + MTIME_SEC]!
  return {
    object: words[at + OBJECT_AT]! - 1,
    objectGeneration: words[at + OBJECT_GENERATION]!,
    offset: floats[at / 2 + OFFSET]!,
    length: words[at + LENGTH]!,
    framed: (flags & FLAG_FRAMED) !== 0,
    kind: flags & 0xff,
    size: floats[at / 2 + SIZE]!,
    mode: (flags & FLAG_MODE) === 0 ? undefined : (flags >>> 16) & 0xfff,
    mtimeSec: Number.isNaN(sec) ? undefined : sec,
    mtimeNsec: words[at + MTIME_NSEC]! >>> 0,
    codec: words[at + CODEC]! >>> 0,
    hashCode: words[at + HASH]! >>> 0,
    whole: words[at + WHOLE]! - 1,
    wholeGeneration: words[at + WHOLE_GENERATION]!,
    origin: words[at + ORIGIN]!
  }
}

/** Marks the record as used, too. */
export function writeEntry(
  words: Int32Array,
  floats: Float64Array,
  at: number,
  entry: Entry
): void {
  words[at + OBJECT_AT] = entry.object + 1
  words[at + LENGTH] = entry.length
  words[at + FLAGS] =
    entry.kind |
    (entry.framed ? FLAG_FRAMED : 0) |
    (entry.mode === undefined ? 0 : FLAG_MODE | (entry.mode << 16)) |
    FLAG_USED
  words[at + CODEC] = entry.codec
  words[at + HASH] = entry.hashCode
  words[at + MTIME_NSEC] = entry.mtimeNsec
  floats[at / 2 + OFFSET] = entry.offset
  floats[at / 2 + SIZE] = entry.size
  floats[at / 2 + MTIME_SEC] = entry.mtimeSec ?? Number.NaN
  words[at + WHOLE] = entry.whole + 1
  words[at + OBJECT_GENERATION] = entry.objectGeneration
  words[at + WHOLE_GENERATION] = entry.wholeGeneration
  words[at + ORIGIN] = entry.origin
}

/** Computes a checksum, which any changed bit changes, without touches, links and sequence. */
export function entryCheck(words: Int32Array, at: number): number {
  let sum = 0x811c9dc5
  const add = (word: number): void => {
    sum = Math.imul(sum ^ words[at + word]!, 0x01000193) ^ (sum >>> 15)
  }
  for (let word = OBJECT_AT; word <= WHOLE; word++) add(word)
  add(OBJECT_GENERATION)
  add(WHOLE_GENERATION)
  add(ORIGIN)
  for (let word = KEY_AT / 4; word < RECORD_BYTES / 4; word++) add(word)
  return sum | 0
}
