/** How much is measured: everything, in a few minutes, or just enough to see that it runs. */

export interface Scale {
  readonly rounds: number
  /** Page cache warmed before each measurement (measure.ts, settle). */
  readonly warmMiB: number
  readonly fileMiB: number
  /** Files of 4 KiB in one folder. */
  readonly files: number
  /** As many where the engine is warm: listings of fewer take too short a time. */
  readonly warmFiles: number
  /** Entries of the sharded directory that mounts list. */
  readonly entries: number
  readonly largeMiB: number
  /** Entries of the huge directory; 0 leaves those rows out. */
  readonly hugeEntries: number
  /** MiB of a pin that is stored on servers; 0 leaves those rows out. */
  readonly copies: number
  /** Small pins that are stored there by one command. */
  readonly smallPins: number
  /** Pin mappings of one backend. */
  readonly pins: number
  /** As many of the largest backend; 0 leaves those rows out. */
  readonly hugePins: number
  /** Rows of Parquet that SQL is asked over. */
  readonly sqlRows: number
  /** Rows of CSV that become a dataset. */
  readonly datasetRows: number
  /** Seconds after which random reads are cut off. */
  readonly randomSeconds: number
  /** Seconds after which an engine that is slow to be warmed counts as warm. */
  readonly warmSeconds: number
  /** GB read while memory is watched; 0 leaves that row out. */
  readonly memoryGb: number
  /** Whether peers that are missing are installed and built. */
  readonly fetchPeers: boolean
  /** Whether these are the sizes that the targets are meant for. */
  readonly targets: boolean
}

export const FULL: Scale = {
  rounds: 3,
  warmMiB: 768,
  fileMiB: 512,
  files: 10_000,
  warmFiles: 10_000,
  entries: 100_000,
  largeMiB: 5120,
  hugeEntries: 1_000_000,
  copies: 1024,
  smallPins: 10_000,
  pins: 1_000_000,
  hugePins: 10_000_000,
  sqlRows: 100_000_000,
  datasetRows: 10_000_000,
  randomSeconds: 3,
  warmSeconds: 5,
  memoryGb: 10,
  fetchPeers: true,
  targets: true
}
export const QUICK: Scale = {
  ...FULL,
  warmMiB: 64,
  fileMiB: 64,
  files: 600,
  entries: 5000,
  largeMiB: 256,
  hugeEntries: 0,
  copies: 128,
  smallPins: 500,
  pins: 100_000,
  hugePins: 0,
  sqlRows: 5_000_000,
  datasetRows: 2_000_000,
  randomSeconds: 0.4,
  warmSeconds: 0.5,
  memoryGb: 1,
  targets: false
}
export const SMOKE: Scale = {
  ...QUICK,
  rounds: 1,
  warmMiB: 1,
  fileMiB: 16,
  files: 200,
  warmFiles: 200,
  entries: 6000,
  copies: 0,
  pins: 5000,
  sqlRows: 50_000,
  datasetRows: 20_000,
  largeMiB: 32,
  warmSeconds: 0.1,
  memoryGb: 0,
  fetchPeers: false
}
