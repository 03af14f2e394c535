/**
 * The files of a backend's mappings, and their replacement: Parquet, CAR and table change together.
 * Nothing replaces several names at once, so a small file first says what is to be renamed; whoever
 * opens the mappings next finishes what a crash interrupted.
 */
import { renameSync, rmSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fsyncDir, ifPresent, replaceFile } from '../core/fs-durable.js'
import { readTextIfAny } from '../core/read-file.js'
import type { FileMark } from './table.js'

export const PARQUET = 'pin_mappings.parquet'
export const CAR = 'pin_mappings.car'
const TABLE = 'pin_mappings.table'
const SWITCH = 'pin_mappings.switch'
const NEW = '.new'

export class PairFiles {
  readonly folder: string
  readonly parquet: string
  readonly car: string
  readonly table: string
  readonly #switch: string

  /** @param folder of the backend, below `backends/` of a home. */
  constructor(folder: string) {
    this.folder = folder
    this.parquet = join(folder, PARQUET)
    this.car = join(folder, CAR)
    this.table = join(folder, TABLE)
    this.#switch = join(folder, SWITCH)
  }

  get all(): readonly [string, string, string] {
    return [this.parquet, this.car, this.table]
  }

  /** Returns the name under which a file is written before the switch. */
  next(path: string): string {
    return `${path}${NEW}`
  }

  /** Makes the files that were written the current ones, all of them, whatever happens meanwhile. */
  switchOver(): void {
    replaceFile(this.#switch, Buffer.from(`${this.all.map((path) => basename(path)).join('\n')}\n`))
    this.#rename()
  }

  /** Finishes a switch that was begun; removes what was written for one that was not. */
  recover(): void {
    if (readTextIfAny(this.#switch) === undefined) this.dropNext()
    else this.#rename()
  }

  dropNext(): void {
    for (const path of this.all) rmSync(this.next(path), { force: true })
  }

  #rename(): void {
    for (const path of this.all) ifPresent(() => renameSync(this.next(path), path))
    fsyncDir(this.folder)
    rmSync(this.#switch, { force: true })
  }
}

/** Returns the mark of a file; undefined where there is none. */
export function markOf(path: string): FileMark | undefined {
  const stat = ifPresent(() => statSync(path))
  return stat === undefined ? undefined : { size: stat.size, mtime: stat.mtimeMs }
}
