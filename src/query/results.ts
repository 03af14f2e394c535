/**
 * Results of queries that are kept as content: which CID a statement's result had over which inputs.
 * The files are derived: one that is lost is computed again.
 */
import { createHash } from 'node:crypto'
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { utf8 } from '../core/bytes.js'
import { makeDir, writeDerivedFile } from '../core/fs-durable.js'
import { readFileIfAny } from '../core/read-file.js'
import type { ResultFormat } from './ports.js'
import { boundFolder } from './bounded-folder.js'
import { queriesFolder } from './saved-queries.js'

/** Raised when the same statement over the same inputs gives other bytes. */
const VERSION = 2
/** Most results that are remembered; those that were used least recently go. */
const MAX_RESULTS = 1000

export interface KeptResult {
  readonly cid: string
  /** Bytes of the file. */
  readonly size: number
}

/** Everything that a result depends on. */
export interface ResultInputs {
  readonly sql: string
  readonly format: ResultFormat
  /** Versions of the tables, by their names in the statement. */
  readonly tables: readonly (readonly [name: string, version: string])[]
  /** A time within which a statement of time or chance keeps its result; undefined for any other. */
  readonly period?: number | undefined
}

export class KeptResults {
  readonly #folder: string

  constructor(home: string) {
    this.#folder = join(queriesFolder(home), '.results')
  }

  find(inputs: ResultInputs): KeptResult | undefined {
    const text = readFileIfAny(this.#pathOf(inputs), 'remove it')?.toString('utf8')
    if (text === undefined) return undefined
    try {
      const { cid, size } = JSON.parse(text) as KeptResult
      return typeof cid === 'string' && Number.isSafeInteger(size) ? { cid, size } : undefined
    } catch (error) {
      if (error instanceof SyntaxError) return undefined
      throw error
    }
  }

  keep(inputs: ResultInputs, result: KeptResult): void {
    makeDir(this.#folder)
    const path = this.#pathOf(inputs)
    const temporary = `${path}.${process.pid}.tmp`
    writeDerivedFile(temporary, [utf8(JSON.stringify(result))])
    renameSync(temporary, path)
    boundFolder(this.#folder, MAX_RESULTS)
  }

  #pathOf(inputs: ResultInputs): string {
    const hash = createHash('sha256')
      .update(JSON.stringify([VERSION, inputs]))
      .digest('hex')
    return join(this.#folder, `${hash}.json`)
  }
}
