/** The files of a backend's mappings, and their replacement: Parquet, CAR and table change together. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { FileSwitch, nextOf } from '../core/file-switch.js'

export const PARQUET = 'pin_mappings.parquet'
export const CAR = 'pin_mappings.car'
const TABLE = 'pin_mappings.table'
const SWITCH = 'pin_mappings.switch'

export class PairFiles {
  readonly folder: string
  readonly parquet: string
  readonly car: string
  readonly table: string
  readonly #switch: FileSwitch

  /** @param folder of the backend, below `backends/` of a home. */
  constructor(folder: string) {
    this.folder = folder
    this.parquet = join(folder, PARQUET)
    this.car = join(folder, CAR)
    this.table = join(folder, TABLE)
    this.#switch = new FileSwitch(join(folder, SWITCH))
  }

  get all(): readonly [string, string, string] {
    return [this.parquet, this.car, this.table]
  }

  /** Returns the name under which a file is written before the switch. */
  next(path: string): string {
    return nextOf(path)
  }

  /** Returns where a file lies now: under its new name, while a switch is on and has not come to it. */
  current(path: string): string {
    return this.#switch.current(path)
  }

  /** Makes the files that were written the current ones, all of them, whatever happens meanwhile. */
  switchOver(): void {
    this.#switch.switchOver(this.all)
  }

  /** Finishes a switch that was begun; removes what was written for one that was not. */
  recover(): void {
    if (!this.#switch.recover()) this.dropNext()
  }

  dropNext(): void {
    for (const path of this.all) rmSync(this.next(path), { force: true })
  }
}
