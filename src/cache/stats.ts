/** Figures of a cache, for reports. Sizes are bytes; counts are since the cache was opened. */

export interface CacheStats {
  readonly memory: TierStats
  readonly disk: TierStats
  readonly blocks: number
  /** Damaged blocks that were found and dropped. */
  readonly corrupt: number
  readonly evicted: number
  /** Target size of ARC's T1 in bytes. */
  readonly arcTarget: number
}

export interface TierStats {
  readonly used: number
  readonly capacity: number
  readonly blocks: number
  readonly hits: number
  readonly bytes: number
}
