/** The files of the index: partitions, each with a table and a word index that are derived from it, replaced together. */
import { readdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { FileSwitch, NEW, nextOf } from '../core/file-switch.js'
import { ifPresent } from '../core/fs-durable.js'

/** Most rows of a partition. */
export const MAX_ROWS = 1_000_000

const PARTITION = /^ipfs_index_(\d{6})\.parquet$/
const SWITCH = 'index.switch'

/** Returns the folder of the index of a home. */
export const indexFolder = (home: string): string => join(home, 'index')

export interface PartitionPaths {
  readonly parquet: string
  readonly table: string
  readonly words: string
}

/** A partition, and where its files lie now. */
export interface PartitionPlace {
  readonly number: number
  readonly paths: PartitionPaths
}

/** Returns whether two listings say the same. */
export const isSamePlaces = (a: readonly PartitionPlace[], b: readonly PartitionPlace[]): boolean =>
  a.length === b.length && a.every((one, i) => one.paths.parquet === b[i]!.paths.parquet)

export class IndexFiles {
  readonly folder: string
  readonly #switch: FileSwitch

  /** @param folder `index/` of a home. */
  constructor(folder: string) {
    this.folder = folder
    this.#switch = new FileSwitch(join(folder, SWITCH))
  }

  paths(number: number): PartitionPaths {
    const path = join(this.folder, `ipfs_index_${String(number).padStart(6, '0')}`)
    return { parquet: `${path}.parquet`, table: `${path}.table`, words: `${path}.words` }
  }

  /**
   * Returns the partitions, ascending. Those of a switch that is on are as it leaves them: where a crash
   * interrupted it, a reader that may finish nothing sees them too.
   */
  places(): PartitionPlace[] {
    const { renames = [], removals = [] } = this.#switch.changes() ?? {}
    const switched = new Set(renames)
    const names = new Set(this.#names())
    for (const name of removals) names.delete(name)
    const isNext = (name: string): boolean => switched.has(name) && names.has(nextOf(name))
    const now = (path: string): string => (isNext(basename(path)) ? nextOf(path) : path)
    return [...new Set([...names, ...[...switched].filter(isNext)])]
      .flatMap((name) => {
        const digits = PARTITION.exec(name)?.[1]
        return digits === undefined ? [] : [Number(digits)]
      })
      .sort((a, b) => a - b)
      .map((number) => {
        const { parquet, table, words } = this.paths(number)
        return { number, paths: { parquet: now(parquet), table: now(table), words: now(words) } }
      })
  }

  #names(): string[] {
    return ifPresent(() => readdirSync(this.folder)) ?? []
  }

  /** Makes what was written for some partitions current, and has others go with it. */
  switchOver(numbers: readonly number[], removed: readonly number[] = []): void {
    this.#switch.switchOver(this.#filesOf(numbers), this.#filesOf(removed))
  }

  #filesOf(numbers: readonly number[]): string[] {
    return numbers.flatMap((number) => {
      const { parquet, table, words } = this.paths(number)
      return [parquet, table, words]
    })
  }

  /** Finishes a switch that was begun; removes what was written for one that was not. */
  recover(): void {
    if (!this.#switch.recover()) this.dropNext()
  }

  dropNext(): void {
    for (const name of this.#names())
      if (name.endsWith(NEW)) rmSync(join(this.folder, name), { force: true })
  }

  remove(number: number): void {
    for (const path of Object.values(this.paths(number)) as string[]) rmSync(path, { force: true })
  }
}
