/**
 * The mappings of one backend: a table that is mapped, sorted by CID, and the changes that the log
 * holds since. Readers in any process and thread open it; the owner of the home alone changes it.
 */
import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { KitError, toKitError } from '../core/errors.js'
import { isSameFile, markOf } from '../core/file-switch.js'
import { merged, writePair, type Change } from './compaction.js'
import { fromRow, type Mapping, type Row } from './mapping.js'
import { differences, readMappingCar, readParquet } from './pair-reader.js'
import { PairFiles } from './pair-files.js'
import { encodeRow, RowView } from './row-codec.js'
import { Table } from './table.js'

/** Rows from which a pair is written by a thread of its own. */
const LARGE = 20_000
/** How often a reader looks whether the files fit together, and the time between. */
const OPENINGS = 5
const OPENING_MS = 2

interface Logged {
  readonly lsn: number
  readonly row: Uint8Array | null
}

export class BackendMappings {
  readonly name: string
  readonly files: PairFiles
  #table: Table | undefined
  /** Changes since the table, by CID. */
  readonly #changes = new Map<string, Logged>()
  #sorted: readonly Change[] | undefined
  #compaction: Promise<void> | undefined

  private constructor(name: string, files: PairFiles, table: Table | undefined) {
    this.name = name
    this.files = files
    this.#table = table
  }

  /**
   * Opens the mappings of a backend.
   * @param repairs whether this process owns the home: it finishes what a crash interrupted, and
   * writes the table anew where somebody replaced the pair.
   * @throws CORRUPT_FORMAT where Parquet and CAR disagree, naming the rows.
   */
  static async open(folder: string, name: string, repairs: boolean): Promise<BackendMappings> {
    const files = new PairFiles(folder)
    if (repairs) files.recover()
    let lsn = 0
    // The files may be switched over meanwhile, which takes moments.
    for (let tries = repairs ? 1 : OPENINGS; tries > 0; tries--) {
      const table = Table.open(files.current(files.table))
      if (isCurrent(files, table)) return new BackendMappings(name, files, table)
      lsn = table?.marks.lsn ?? 0
      table?.close()
      if (tries > 1) await delay(OPENING_MS)
    }
    return await BackendMappings.#adopt(files, name, lsn, repairs)
  }

  /** Takes over a pair that this program did not write last, such as one that was restored. */
  static async #adopt(
    files: PairFiles,
    name: string,
    lsn: number,
    repairs: boolean
  ): Promise<BackendMappings> {
    const rows = await readPair(files)
    const mappings = new BackendMappings(name, files, undefined)
    for (const row of rows) mappings.apply(lsn, row.cid, encodeRow(row))
    if (repairs && rows.length > 0) await mappings.#rebuild(lsn)
    return mappings
  }

  /** Writes the table of a pair that has none. */
  async #rebuild(lsn: number): Promise<void> {
    await writePair(this.files, this.#changesInOrder(), lsn, new Date().toISOString())
    this.#adoptWritten(lsn)
  }

  /** Whether nobody has switched the files over since they were opened. */
  get isCurrent(): boolean {
    return this.#table === undefined || isCurrent(this.files, this.#table)
  }

  /** The last entry of the log that the table holds. */
  get lsn(): number {
    return this.#table?.marks.lsn ?? 0
  }

  /** Changes that the pair does not hold yet. */
  get pending(): number {
    return this.#changes.size
  }

  /** Rows in the table; with `pending`, an upper bound of all. */
  get tableRows(): number {
    return this.#table?.count ?? 0
  }

  /** Mappings, the changes since the table counted in. */
  get count(): number {
    let count = this.tableRows
    for (const [cid, { row }] of this.#changes) {
      const isThere = this.#table?.find(Buffer.from(cid)) !== undefined
      count += Number(row !== null) - Number(isThere)
    }
    return count
  }

  /** Takes a change of the log over. @param row encoded; null removes the mapping. */
  apply(lsn: number, cid: string, row: Uint8Array | null): void {
    this.#changes.set(cid, { lsn, row })
    this.#sorted = undefined
  }

  get(cid: string): Mapping | undefined {
    const row = this.row(cid)
    return row === undefined ? undefined : fromRow(row)
  }

  /** Whether there is a mapping of a pin; none is decoded. */
  has(cid: string): boolean {
    const change = this.#changes.get(cid)
    if (change !== undefined) return change.row !== null
    return this.#table?.find(Buffer.from(cid)) !== undefined
  }

  row(cid: string): Row | undefined {
    const change = this.#changes.get(cid)
    if (change !== undefined)
      return change.row === null ? undefined : new RowView(change.row).at(0).toRow()
    return this.#table?.find(Buffer.from(cid))?.toRow()
  }

  /** Lists rows in the order of their CIDs; each view is good until the next one. @param after the CID that they follow. */
  *rows(after = ''): Iterable<RowView> {
    const key = Buffer.from(after)
    const table = this.#table
    const changes = this.#changesInOrder().filter(({ cid }) => Buffer.compare(cid, key) > 0)
    // A compaction that comes between two rows closes it.
    table?.sorted.hold()
    try {
      yield* merged(table, changes, table?.after(key) ?? 0)
    } finally {
      table?.sorted.release()
    }
  }

  *all(after = ''): Generator<Mapping, void, undefined> {
    for (const row of this.rows(after)) yield fromRow(row.toRow())
  }

  #changesInOrder(): readonly Change[] {
    return (this.#sorted ??= [...this.#changes]
      .map(([cid, { row }]) => ({ cid: Buffer.from(cid), row }))
      .sort((a, b) => Buffer.compare(a.cid, b.cid)))
  }

  /**
   * Writes the pair with all changes up to now; changes that come meanwhile are kept.
   * @param lsn the last entry of the log that was applied.
   */
  compact(lsn: number, createdAt: string): Promise<void> {
    this.#compaction ??= this.#compact(lsn, createdAt).finally(() => {
      this.#compaction = undefined
    })
    return this.#compaction
  }

  async #compact(lsn: number, createdAt: string): Promise<void> {
    // A backend that was removed meanwhile must not come back as a folder.
    if (!existsSync(this.files.folder)) return
    const changes = this.#changesInOrder()
    if (this.tableRows + changes.length < LARGE)
      await writePair(this.files, changes, lsn, createdAt)
    else await this.#compactApart(changes, lsn, createdAt)
    this.#adoptWritten(lsn)
  }

  async #compactApart(changes: readonly Change[], lsn: number, createdAt: string): Promise<void> {
    const { Worker } = await import('node:worker_threads')
    const task = { folder: this.files.folder, changes, lsn, createdAt }
    const worker = new Worker(new URL('./compaction-thread.js', import.meta.url), {
      workerData: task
    })
    await new Promise<void>((resolve, reject) => {
      worker.once('message', () => resolve())
      worker.once('error', reject)
      worker.once('exit', (code) => reject(new KitError('INTERNAL', `the compaction of ${this.name} ended with ${code}`))) // prettier-ignore
    })
  }

  #adoptWritten(lsn: number): void {
    this.files.switchOver()
    this.#table?.close()
    this.#table = Table.open(this.files.table)
    for (const [cid, change] of this.#changes) if (change.lsn <= lsn) this.#changes.delete(cid)
    this.#sorted = undefined
  }

  close(): void {
    this.#table?.close()
    this.#table = undefined
  }
}

/** Whether the pair is the one that a table was written with. */
function isCurrent(files: PairFiles, table: Table | undefined): boolean {
  const parquet = markOf(files.current(files.parquet))
  const car = markOf(files.current(files.car))
  if (table === undefined) return parquet === undefined && car === undefined
  return isSameFile(parquet, table.marks.parquet) && isSameFile(car, table.marks.car)
}

const MEND =
  'restore both from one backup, or let `ipfs-kit backend migrate-pin-mappings --force-car-regeneration` write the CAR from the Parquet file'

/** @throws CORRUPT_FORMAT with the next step for what an older installation wrote under this name. */
function carOf(path: string): Row[] {
  try {
    return readMappingCar(path)
  } catch (error) {
    const { code, message } = toKitError(error)
    throw new KitError(code, `${message}; where an older installation wrote it, \`ipfs-kit backend migrate-pin-mappings\` takes it over`, { cause: error }) // prettier-ignore
  }
}

/** Reads both files. @throws CORRUPT_FORMAT where one is missing, or they disagree. */
async function readPair(files: PairFiles): Promise<readonly Row[]> {
  const missing = [files.parquet, files.car].find(
    (path) => markOf(files.current(path)) === undefined
  )
  if (missing !== undefined)
    throw new KitError('CORRUPT_FORMAT', `${missing} is missing beside its other half; ${MEND}`)
  const rows = await readParquet(files.current(files.parquet))
  const found = differences(rows, carOf(files.current(files.car)))
  if (found.length === 0) return rows
  throw new KitError(
    'CORRUPT_FORMAT',
    `${files.parquet} and ${files.car} disagree: ${found.join('; ')}; ${MEND}`
  )
}
