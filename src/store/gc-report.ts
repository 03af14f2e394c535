/** What a collection of garbage did. */

/** A block below a pin whose links cannot be known: any stored block may lie below it. */
export interface Doubt {
  readonly cid: string
  /** Why its links cannot be known, and what to do. */
  readonly reason: string
}

export interface GcReport {
  readonly removedBlocks: number
  readonly freedBytes: number
  readonly keptBlocks: number
  /** Of the kept blocks, those that are kept only because of `doubts`. */
  readonly doubtfulBlocks: number
  /** The first few reasons why blocks that no pin is known to reach are kept; empty for none. */
  readonly doubts: readonly Doubt[]
  /** Bytes that were to be freed, too, but for which blocks must be moved first, and there is no room. */
  readonly postponedBytes: number
}

/** The report of a collection that removed nothing. */
export const NOTHING: GcReport = {
  removedBlocks: 0,
  freedBytes: 0,
  keptBlocks: 0,
  doubtfulBlocks: 0,
  doubts: [],
  postponedBytes: 0
}
