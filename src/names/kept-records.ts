/**
 * The newest record of each IPNS name that was verified, kept in the home as its publisher signed it.
 * So a source that gives older ones is noticed after a restart, too, and what is kept needs no trust:
 * it is verified again when it is read.
 */
import { readdirSync, rmSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { toKitError } from '../core/errors.js'
import { ifPresent, makeDir, replaceFile } from '../core/fs-durable.js'
import { readRegularFile } from '../core/read-regular.js'
import type { IpnsName } from './ipns-name.js'
import { MAX_RECORD } from './ipns-record.js'

/** Records that are kept; the ones that were used last longest ago go first. */
const MAX_KEPT = 4096

/** Where records outlive the process. It never throws: names are looked up without it, too. */
export interface RecordStore {
  /** Returns the record that was kept last for a name, unverified. */
  get(name: IpnsName): Uint8Array | undefined
  /** Keeps a record durably in the place of the one before. */
  keep(name: IpnsName, record: Uint8Array): void
}

export class KeptRecords implements RecordStore {
  readonly #folder: string
  readonly #warn: (message: string) => void
  readonly #most: number
  #hasFailed = false

  /** @param warn is told once where records cannot be kept. */
  constructor(home: string, warn: (message: string) => void, most = MAX_KEPT) {
    this.#folder = join(home, 'names')
    this.#warn = warn
    this.#most = most
  }

  get(name: IpnsName): Uint8Array | undefined {
    const path = this.#pathOf(name)
    return this.#attempt(() => {
      const record = ifPresent(() => readRegularFile(path, MAX_RECORD))
      if (record !== undefined) this.#attempt(() => utimesSync(path, new Date(), new Date()))
      return record
    })
  }

  keep(name: IpnsName, record: Uint8Array): void {
    this.#attempt(() => {
      const path = this.#pathOf(name)
      const isNew = ifPresent(() => statSync(path)) === undefined
      makeDir(this.#folder)
      if (isNew) this.#makeRoom()
      replaceFile(path, record)
    })
  }

  #pathOf(name: IpnsName): string {
    return join(this.#folder, name.text)
  }

  #makeRoom(): void {
    const names = readdirSync(this.#folder)
    if (names.length < this.#most) return
    const byUse = names
      .map((name) => join(this.#folder, name))
      .map((path) => ({ path, usedAt: ifPresent(() => statSync(path))?.mtimeMs ?? 0 }))
      .sort((a, b) => a.usedAt - b.usedAt)
    // A few more than needed, because looking at all of them costs more than removing some.
    const surplus = names.length - this.#most + Math.ceil(this.#most / 64)
    for (const { path } of byUse.slice(0, surplus)) rmSync(path, { force: true, recursive: true })
  }

  #attempt<T>(work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      if (!this.#hasFailed)
        this.#warn(`records of IPNS names cannot be kept: ${toKitError(error).message}`)
      this.#hasFailed = true
      return undefined
    }
  }
}
