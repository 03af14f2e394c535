/**
 * Stable positions in folders whose entries come and go: from each name alone, so that a listing
 * that is interrupted, or runs while others are added, sees every name once.
 */
import { toHex, utf8 } from '../../src/core/bytes.js'
import { sha256 } from '../../src/core/hash.js'

export interface Positioned {
  readonly name: string
  /** Position behind it, 1 … 2^48. */
  readonly position: number
}

/** Returns names in the order of their positions. */
export const byStablePosition = (names: readonly string[]): Positioned[] =>
  names
    .map((name) => ({ name, position: positionOf(name) }))
    .sort((a, b) => a.position - b.position)

const positionOf = (name: string): number =>
  1 + Number.parseInt(toHex(sha256(utf8(name)).subarray(0, 6)), 16)
