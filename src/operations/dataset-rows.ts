/** The rows of a version that are asked for, as a file or as values. */
import { utf8 } from '../core/bytes.js'
import { DATA_FILE, WRITER } from '../datasets/format.js'
import type { ResultFormat, SqlLimits, SqlOutput, SqlRows } from '../query/ports.js'
import type { ContentView } from './content-view.js'
import { copyOut } from './copy-out.js'
import { datasetSource } from './dataset-local.js'
import type { FoundVersion } from './dataset-versions.js'
import type { DatasetWork } from './dataset-work.js'
import type { Run } from './run.js'

export interface RowChoice {
  /** By default all. */
  readonly columns?: readonly string[] | undefined
  /** A condition in SQL. */
  readonly where?: string | undefined
  /** Most rows. */
  readonly limit?: number | undefined
  /** Rows of those chosen that are passed over; by default none. */
  readonly offset?: number | undefined
}

/** The context of reading a version. */
export interface RowSource {
  readonly found: FoundVersion
  readonly view: ContentView
  readonly work: DatasetWork
  readonly run: Run
  /** The limits of a condition, which is a user's SQL. */
  readonly limits: SqlLimits
}

/** Writes rows to a new file. Without a choice, Parquet is the data as it is stored. @returns how many. */
export async function writeRows(
  file: string,
  format: ResultFormat,
  choice: RowChoice,
  source: RowSource
): Promise<number> {
  const { found, view, run } = source
  const { partitionBy, data, rows } = found.version
  const { columns, where, limit, offset } = choice
  const isWhole = [columns, where, limit, offset].every((one) => one === undefined)
  if (
    isWhole &&
    format === 'parquet' &&
    partitionBy.length === 0 &&
    found.version.writer === WRITER
  ) {
    const whole = await view.whenReady(() => view.content.child(data, utf8(DATA_FILE)))
    if (whole !== undefined) {
      await copyOut(view, whole, file, run)
      return rows
    }
  }
  return (await selectRows(choice, { file, format }, source)).count
}

/** Runs the choice over the parts of a version. @throws INVALID_ARGUMENT, ACCESS_DENIED for a bad condition. */
export async function selectRows(
  { columns, where, limit, offset }: RowChoice,
  output: SqlOutput,
  { found, view, work, run, limits }: RowSource
): Promise<SqlRows> {
  const { partitionBy, schema } = found.version
  const source = await datasetSource(view, found.version, work.folder, run)
  // Columns of partitions stand where they stood before they became folders.
  const all = partitionBy.length === 0 ? undefined : schema.map(({ name }) => name)
  const names = (columns ?? all)?.map(quotedName).join(', ') ?? '*'
  const text = [
    `SELECT ${names} FROM dataset`,
    ...(where === undefined ? [] : [`WHERE (${where}\n)`]),
    ...(limit === undefined ? [] : [`LIMIT ${limit}`]),
    ...(offset === undefined ? [] : [`OFFSET ${offset}`])
  ].join(' ')
  const tables = [{ ...source, name: 'dataset' }]
  return await work.sql.select({ sql: text, tables, output }, { signal: run.signal }, where === undefined ? {} : limits) // prettier-ignore
}

/** Returns a name as SQL writes it. */
export const quotedName = (name: string): string => `"${name.replaceAll('"', '""')}"`
