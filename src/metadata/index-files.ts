/** The files of the index: partitions, each with a table and a word index that are derived from it, replaced together. */
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { FileSwitch, NEW } from '../core/file-switch.js'
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

  /** Returns the numbers of the partitions, ascending. */
  numbers(): number[] {
    return this.#names()
      .flatMap((name) => {
        const digits = PARTITION.exec(name)?.[1]
        return digits === undefined ? [] : [Number(digits)]
      })
      .sort((a, b) => a - b)
  }

  #names(): string[] {
    return ifPresent(() => readdirSync(this.folder)) ?? []
  }

  /** Whether partitions are being replaced, or a crash interrupted that. */
  get isSwitching(): boolean {
    return this.#names().includes(SWITCH)
  }

  /** Makes what was written for some partitions current. */
  switchOver(numbers: readonly number[]): void {
    this.#switch.switchOver(
      numbers.flatMap((number) => {
        const { parquet, table, words } = this.paths(number)
        return [parquet, table, words]
      })
    )
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
