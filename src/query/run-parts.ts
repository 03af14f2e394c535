/**
 * Files → Parquet files whose bytes depend on the rows alone: neither on threads nor on the machine. Each
 * input is loaded into a table, cut where its rows say so, and its parts are written side by side.
 */
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { isKitError, KitError } from '../core/errors.js'
import { cutPoints, hashDivisor, rowsPerPart } from './cut-points.js'
import { sqlFailure } from './failure.js'
import { DECEIVED } from './exact-numbers.js'
import { inputFailure } from './input-failure.js'
import type { JobScope } from './job-scope.js'
import type { JobLimits } from './messages.js'
import type { Part, PartsDone, PartsRequest, SqlColumn, TableInput } from './ports.js'
import { openSandbox, quoted, quotedName, type Sandbox } from './sandbox.js'
import { storableType } from './storable-type.js'
import { checkText, isText } from './text-check.js'
import { columnsOfAll, exactSelectOf, isWidened, readerOf, selectOf, tableOf, typesFor, type ReadableInput } from './table-readers.js' // prettier-ignore
import { typeText } from './type-text.js'
import { valuedColumns, withValues } from './valued-columns.js'
import { keepingWholes } from './whole-among-fractions.js'

/** Rows of a row group: more than any part has. */
const ROW_GROUP = 1 << 20
/** Statements that write parts at the same time; each has one thread. */
const WRITERS = 3
/** Columns of text whose lengths are added up; a table with more is cut by rows alone. */
const MAX_MEASURED = 200
/** No column of a table bears it. */
const ROW = '"a row of ipfs-kit"'
/** The name of a column `rowid` while it is cut: its own would hide the numbers of rows. */
const ROWID = 'a rowid of ipfs-kit'

type PartsInput = ReadableInput & TableInput

/** A run of rows that become one file. */
interface Run {
  readonly from: number
  readonly to: number
  readonly values: readonly (string | null)[]
}

/** @throws CORRUPT_FORMAT naming an input and the line. */
export async function runParts(
  request: PartsRequest,
  limits: JobLimits,
  scope: JobScope,
  onPart: (part: Part) => void
): Promise<PartsDone> {
  const { folder } = request
  const inputs = await readable(request.inputs, scope.temporary)
  const files = inputs.flatMap((input) => input.files)
  const sandbox = await openSandbox(limits, { files, folders: [folder] }, scope.instance())
  try {
    // Types of columns may come from elsewhere.
    await sandbox.lock(['threads'])
    scope.started(sandbox.connection)
    return await new PartsWriter(sandbox, request, inputs, onPart).write()
  } catch (error) {
    throw sqlFailure(error)
  } finally {
    scope.afterwards(() => sandbox.close())
  }
}

/** Converts the Arrow files among the inputs. */
async function readable(
  inputs: readonly TableInput[],
  folder: string
): Promise<readonly PartsInput[]> {
  if (!inputs.some(({ format }) => format === 'arrow'))
    return inputs.map((input) => ({ ...input, files: [input.file] }))
  const { parquetOfArrow } = await import('./arrow-files.js')
  const converted: PartsInput[] = []
  for (const [i, input] of inputs.entries()) {
    if (input.format !== 'arrow') converted.push({ ...input, files: [input.file] })
    else {
      const files = await parquetOfArrow(input.file, folder, `input-${i}`)
      converted.push({ ...input, format: 'parquet', files })
    }
  }
  return converted
}

class PartsWriter {
  readonly #sandbox: Sandbox
  readonly #main: DuckDBConnection
  readonly #request: PartsRequest
  readonly #inputs: readonly PartsInput[]
  readonly #onPart: (part: Part) => void

  constructor(
    sandbox: Sandbox,
    request: PartsRequest,
    inputs: readonly PartsInput[],
    onPart: (part: Part) => void
  ) {
    this.#sandbox = sandbox
    this.#main = sandbox.connection
    this.#request = request
    this.#inputs = inputs
    this.#onPart = onPart
  }

  async write(): Promise<PartsDone> {
    const inputs = this.#inputs
    for (const input of inputs)
      if (isText(input.format))
        await blaming(input, async () => Promise.resolve(checkText(input.file)))
    const threads = Number((await this.#rows("SELECT current_setting('threads')"))[0]![0])
    // A single input is loaded as what it is.
    const isFree = this.#request.columns === undefined && inputs.length === 1
    let columns = isFree ? [] : (this.#request.columns ?? (await this.#columns()))
    const parts: number[] = []
    let rows = 0
    for (const [i, input] of inputs.entries()) {
      columns = isFree ? await this.#loadFree(input) : await this.#loadAs(input, columns)
      this.#checkPartition(columns)
      for (const { name } of columns)
        if (stagedName(name) !== name) await this.#main.run(`ALTER TABLE stage RENAME COLUMN ${quotedName(name)} TO ${stagedColumn(name)}`) // prettier-ignore
      await this.#sort()
      const runs = await this.#runs(columns)
      // A statement over so few rows is quickest with a thread of its own.
      await this.#main.run('SET threads = 1')
      await this.#writeRuns(runs, columns, i)
      await this.#main.run(`SET threads = ${threads}; DROP TABLE stage`)
      parts.push(runs.length)
      rows += runs.reduce((sum, { from, to }) => sum + to - from, 0)
    }
    return { columns, parts, rows }
  }

  async #columns(): Promise<SqlColumn[]> {
    const inputs = this.#inputs
    // One by one first, so that an error names its file.
    for (const input of inputs)
      await blaming(input, () => columnsOfAll(this.#main, [readerOf(input, 'first')]))
    const all = await valuedColumns(this.#main, inputs)
    return all.map(({ name, type }) => ({ name, type: storableType(type) }))
  }

  #checkPartition(columns: readonly SqlColumn[]): void {
    const { partitionBy } = this.#request
    for (const name of partitionBy)
      if (!columns.some((column) => column.name === name))
        throw new KitError('INVALID_ARGUMENT', `there is no column "${name}" to partition by; there are: ${columns.map((one) => one.name).join(', ')}`) // prettier-ignore
    if (partitionBy.length >= columns.length)
      throw new KitError('INVALID_ARGUMENT', 'a partitioned table needs a column that it is not partitioned by') // prettier-ignore
  }

  /** Loads an input by its own types; where the first rows deceived about them, by those that fit all. */
  async #loadFree(input: PartsInput): Promise<SqlColumn[]> {
    const create = (select: string): Promise<unknown> =>
      this.#main.run(`CREATE OR REPLACE TABLE stage AS ${select}`)
    return await blaming(input, async () => {
      try {
        await create(await selectOf(this.#main, input))
      } catch (error) {
        if (!isText(input.format) || isKitError(error, 'CORRUPT_FORMAT')) throw error
        if (input.format === 'ndjson' && !isDeceived(error)) throw error
        // Read as it is, it fails with the line; where it does not, a number was rounded.
        if (!(await isWidened(this.#main, input))) {
          await create(`FROM ${readerOf(input, 'first')}`)
          throw error
        }
        await create(await exactSelectOf(this.#main, input))
      }
      const columns = await columnsOfAll(this.#main, ['stage'])
      const stored = columns.map(({ name, type }) => ({ name, type: storableType(type) }))
      for (const [i, { name, type }] of stored.entries())
        if (type !== columns[i]!.type) await this.#main.run(`ALTER TABLE stage ALTER ${quotedName(name)} SET DATA TYPE ${typeText(type)}`) // prettier-ignore
      return stored
    })
  }

  async #loadAs(input: PartsInput, columns: readonly SqlColumn[]): Promise<readonly SqlColumn[]> {
    await this.#main.run(tableOf('stage', columns))
    await blaming(input, async () => {
      const types = await typesFor(this.#main, input, columns)
      const insert = async (select: string): Promise<unknown> =>
        this.#main.run(`INSERT INTO stage BY NAME ${await keepingWholes(this.#main, columns, select)}`) // prettier-ignore
      await this.#checkFit(readerOf(input, 'first', types), columns)
      try {
        await insert(await selectOf(this.#main, input, types))
      } catch (error) {
        if (input.format !== 'ndjson' || !isDeceived(error)) throw error
        const exact = await exactSelectOf(this.#main, input)
        await this.#checkFit(`(${exact})`, columns)
        await insert(exact)
      }
    })
    return columns
  }

  async #checkFit(reader: string, columns: readonly SqlColumn[]): Promise<void> {
    let needed = await columnsOfAll(this.#main, ['stage', reader])
    if (needed.some(({ type }, i) => type !== columns[i]?.type)) needed = await columnsOfAll(this.#main, ['stage', ...(await withValues(this.#main, reader, columns))]) // prettier-ignore
    for (const [i, { name, type }] of needed.entries())
      if (columns[i]?.type !== type) throw new KitError('INVALID_ARGUMENT', columns[i] === undefined ? `it has a column ${name}, which the dataset has not; put the dataset anew` : `its column ${name} needs the type ${type}, and that of the dataset is ${columns[i].type}`) // prettier-ignore
  }

  /** Brings rows of one partition together, each partition in the order of the input. */
  async #sort(): Promise<void> {
    const { partitionBy } = this.#request
    if (partitionBy.length === 0) return
    const keys = partitionBy.map(stagedColumn).join(', ')
    await this.#main.run(`CREATE TABLE sorted AS SELECT * FROM stage ORDER BY ${keys}, rowid; DROP TABLE stage; ALTER TABLE sorted RENAME TO stage`) // prettier-ignore
  }

  async #runs(columns: readonly SqlColumn[]): Promise<Run[]> {
    const { cut } = this.#request
    const [[count, bytes] = [0n, 0n]] = await this.#rows(`SELECT count(*), coalesce(sum(${width(columns)}), 0)::BIGINT FROM stage`) // prettier-ignore
    const perPart = rowsPerPart(cut, Number(count), Number(bytes))
    const hash = `hash(${ROW}) % ${hashDivisor(perPart)}`
    const candidates = Number(count) <= perPart / 2 ? [] : await this.#rows(`SELECT rowid FROM stage AS ${ROW} WHERE ${hash} = 0 ORDER BY 1`) // prettier-ignore
    const ends = candidates.map(([row]) => Number(row))
    const runs: Run[] = []
    for (const { from, to, values } of await this.#partitions(Number(count))) {
      let last = from
      for (const end of cutPoints(ends, perPart, from, to)) {
        runs.push({ from: last, to: end, values })
        last = end
      }
    }
    const sum = runs.reduce((total, { from, to }) => total + to - from, 0)
    if (BigInt(sum) !== count) throw new KitError('INTERNAL', `the parts would have ${sum} rows of ${String(count)}; nothing was put`) // prettier-ignore
    return runs
  }

  async #partitions(count: number): Promise<Run[]> {
    const { partitionBy } = this.#request
    if (partitionBy.length === 0) return [{ from: 0, to: count, values: [] }]
    const keys = partitionBy.map((name) => `${stagedColumn(name)}::VARCHAR`).join(', ')
    const found = await this.#rows(`SELECT min(rowid), max(rowid) + 1, ${keys} FROM stage GROUP BY ${partitionBy.map(stagedColumn).join(', ')} ORDER BY 1`) // prettier-ignore
    return found.map(([from, to, ...values]) => ({
      from: Number(from),
      to: Number(to),
      values: values as (string | null)[]
    }))
  }

  async #writeRuns(
    runs: readonly Run[],
    columns: readonly SqlColumn[],
    input: number
  ): Promise<void> {
    const list = writtenColumns(columns, this.#request.partitionBy)
    let next = 0
    const work = async (connection: DuckDBConnection): Promise<void> => {
      while (next < runs.length) {
        const index = next++
        const { from, to, values } = runs[index]!
        const file = join(this.#request.folder, `${input}-${index}.parquet`)
        await connection.run(`COPY (SELECT ${list} FROM stage WHERE rowid >= ${from} AND rowid < ${to}) TO ${quoted(file)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP}, USE_TMP_FILE false)`) // prettier-ignore
        this.#onPart({ file, input, index, rows: to - from, values })
      }
    }
    const others = await Promise.all(
      Array.from({ length: Math.min(WRITERS, runs.length) - 1 }, () => this.#sandbox.connect())
    )
    try {
      await Promise.all([this.#main, ...others].map(work))
    } finally {
      for (const other of others) other.closeSync()
    }
  }

  async #rows(sql: string): Promise<readonly (readonly unknown[])[]> {
    return (await this.#main.runAndReadAll(sql)).getRows()
  }
}

const isDeceived = (error: unknown): boolean =>
  error instanceof Error && error.message.includes(DECEIVED)

const stagedName = (name: string): string => (name.toLowerCase() === 'rowid' ? ROWID : name)
const stagedColumn = (name: string): string => quotedName(stagedName(name))

/** Returns what SELECT has of a table that is staged, under the names that its columns came with. */
function writtenColumns(columns: readonly SqlColumn[], partitionBy: readonly string[]): string {
  const left = partitionBy.length === 0 ? '' : ` EXCLUDE (${partitionBy.map(stagedColumn).join(', ')})` // prettier-ignore
  const renamed = columns.find(({ name }) => stagedName(name) !== name && !partitionBy.includes(name)) // prettier-ignore
  return `*${left}${renamed === undefined ? '' : ` RENAME (${stagedColumn(renamed.name)} AS ${quotedName(renamed.name)})`}` // prettier-ignore
}

/** An expression of the bytes of a row, as far as they are quick to have. */
function width(columns: readonly SqlColumn[]): string {
  const texts = columns.filter(({ type }) => type === 'VARCHAR' || type === 'BLOB')
  const lengths = texts.map(({ name, type }) => `coalesce(${type === 'BLOB' ? 'octet_length' : 'strlen'}(${stagedColumn(name)}), 0)`) // prettier-ignore
  return [8 * columns.length, ...(texts.length > MAX_MEASURED ? [] : lengths)].join(' + ')
}

async function blaming<T>(input: TableInput, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw await inputFailure(error, input)
  }
}
