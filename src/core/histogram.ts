/** Histograms of durations, in buckets of roughly doubling width. */

/** Upper bounds in ms; the last bucket has none. */
export const BOUNDS_MS = [
  0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000
] as const

export interface HistogramReport {
  /** Upper bounds of the buckets in ms, and the count of each; the last has no bound. */
  readonly boundsMs: readonly number[]
  readonly counts: readonly number[]
  readonly sumMs: number
}

export function bucketOf(ms: number): number {
  let bucket = 0
  while (bucket < BOUNDS_MS.length && ms > BOUNDS_MS[bucket]!) bucket++
  return bucket
}

export class Histogram {
  readonly counts = new Float64Array(BOUNDS_MS.length + 1)
  sumMs = 0
  count = 0

  observe(ms: number): void {
    this.counts[bucketOf(ms)]!++
    this.sumMs += ms
    this.count++
  }

  report(): HistogramReport {
    return { boundsMs: BOUNDS_MS, counts: [...this.counts], sumMs: this.sumMs }
  }

  /** Returns the bucket bound in ms below which a share of all lies; undefined without any. */
  quantile(share: number): number | undefined {
    if (this.count === 0) return undefined
    let seen = 0
    for (let bucket = 0; bucket < BOUNDS_MS.length; bucket++) {
      seen += this.counts[bucket]!
      if (seen >= share * this.count) return BOUNDS_MS[bucket]!
    }
    return Infinity
  }
}
