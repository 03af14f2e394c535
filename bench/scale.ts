/** How much is measured: everything, in under two minutes, or just enough to see that it runs. */

export interface Scale {
  readonly rounds: number
  /** Page cache warmed before each measurement (measure.ts, settle). */
  readonly warmMiB: number
  readonly fileMiB: number
  readonly files: number
  readonly largeMiB: number
  /** Entries of the large folder; 0 leaves that row out. */
  readonly entries: number
}

export const FULL: Scale = {
  rounds: 5,
  warmMiB: 768,
  fileMiB: 512,
  files: 10_000,
  largeMiB: 5120,
  entries: 1_000_000
}
export const QUICK: Scale = { ...FULL, rounds: 3, entries: 0 }
export const SMOKE: Scale = {
  rounds: 1,
  warmMiB: 1,
  fileMiB: 32,
  files: 1000,
  largeMiB: 256,
  entries: 2000
}
