/**
 * Inode numbers as people see them: from what the CID names, so that they are the same after
 * a remount and on another machine.
 */
import type { Cid } from '../src/core/cid.js'

/** Numbers below this belong to folders that no CID names. */
const SYNTHETIC_LIMIT = 0x10000

/** The 63-bit number of a CID, split into two words. One object, overwritten by each call. */
export const ino = { low: 0, high: 0 }

export function inodeNumber(cid: Cid): void {
  const key = cid.key
  const word = (at: number): number =>
    (key[at]! | (key[at + 1]! << 8) | (key[at + 2]! << 16) | (key[at + 3]! << 24)) >>> 0
  // The codec sets apart two readings of the same bytes.
  ino.low = (word(0) ^ Math.imul(cid.codec, 0x9e3779b1)) >>> 0
  ino.high = (word(4) & 0x7fffffff) >>> 0
  if (ino.high === 0 && ino.low < SYNTHETIC_LIMIT) ino.high = 1
}

/** Nanoseconds 0 … 999,999,999 of a CID: what makes the times of different files differ. */
export function nanosecondsOf(cid: Cid): number {
  const key = cid.key
  const word = (key[8]! | (key[9]! << 8) | (key[10]! << 16) | (key[11]! << 24)) >>> 0
  return word % 1_000_000_000
}
