/**
 * The types between SQL and those that use it: tables, columns, rows, and where a result goes. DuckDB
 * itself runs in child processes alone (child.ts), since one SELECT can abort its process.
 */

export type TableFormat = 'parquet' | 'csv' | 'ndjson' | 'arrow'
export type Compression = 'gzip' | 'zstd'

/** A table under the name that SQL sees. Its files are absolute local paths, which are only read. */
export interface TableSource {
  readonly name: string
  /** One or more; without any, the table is the empty one of `numbered`. */
  readonly files: readonly string[]
  readonly format: TableFormat
  /** Changes when the rows do; without it, the files themselves are looked at. */
  readonly version?: string
  /** Types by column, for text files whose columns are known; else they are found out. */
  readonly columns?: Readonly<Record<string, string>>
  /** Types of the columns that are in the paths of files, as `country=DE/0.parquet`. */
  readonly partitions?: Readonly<Record<string, string>>
  /** Columns whose values are in no file; of Parquet alone. */
  readonly numbered?: NumberedValues
  /** How text files are compressed, as their local names need not say it. */
  readonly compression?: Compression
  /** What the user calls each file, for errors; by default the name of the table. */
  readonly paths?: readonly string[]
}

/** Values of columns that files lack. A file says by a folder in its path, `COLUMN=3`, which of them it has. */
export interface NumberedValues {
  /** The name in the paths, which no column of the table has. */
  readonly column: string
  /** All columns of the table, in order. */
  readonly columns: readonly SqlColumn[]
  /** Those that the files lack. */
  readonly partitionBy: readonly string[]
  /** Values of `partitionBy` as text, by number. */
  readonly values: readonly (readonly (string | null)[])[]
}

/** The tables of one room: datasets, the index, pins … */
export interface TableCatalog {
  /** Returns the names that are offered to a user. */
  names(work: SqlWork): Promise<readonly string[]>
  /** Returns the table of a name; undefined where this catalog has none of that name. */
  resolve(name: string, work: SqlWork): Promise<TableSource | undefined>
}

export interface SqlWork {
  readonly signal: AbortSignal
  /** Is told how much of a statement is done, from 0 to 1, where DuckDB knows it. */
  readonly progress?: (done: number) => void
}

/**
 * A value as JSON has it. Whole numbers beyond 2^53, decimals, UUIDs and blobs are strings; dates and
 * times are ISO 8601; a map is a list of `{key, value}`.
 */
export type JsonValue =
  null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue }

/** A value that a statement gets for `$name`. */
export type Parameter = OneParameter | readonly OneParameter[]

export type OneParameter = null | boolean | number | bigint | string | TypedParameter

/**
 * A value that JSON has no form of: a day (`2024-01-31`), a time in ISO 8601 to the microsecond, with a
 * time zone or without, and a whole number of any size.
 */
export type TypedParameter =
  { readonly date: string } | { readonly timestamp: string } | { readonly whole: string }

export type Parameters = Readonly<Record<string, Parameter>>

export interface SqlColumn {
  readonly name: string
  /** The type in DuckDB's words, such as `DECIMAL(18,3)` or `STRUCT(a INTEGER)[]`. */
  readonly type: string
}

export interface SqlRows {
  readonly columns: readonly SqlColumn[]
  readonly rows: readonly (readonly JsonValue[])[]
  /** Whether there were more rows than were asked for, or than fit. */
  readonly truncated: boolean
  /** Rows of the result: those in `rows`, or those that went to a file. */
  readonly count: number
}

export type ResultFormat = 'parquet' | 'csv' | 'json' | 'ndjson' | 'arrow'

/** Where a result goes: back to the caller, at most `maxRows` of them, or to a new file. */
export type SqlOutput =
  { readonly maxRows: number } | { readonly file: string; readonly format: ResultFormat }

/** A statement of a user. */
export interface SelectRequest {
  readonly sql: string
  readonly parameters?: Parameters
  /** The tables that it may name, and no others. */
  readonly tables: readonly TableSource[]
  readonly output: SqlOutput
}

/** Statements of our own, which may do anything to the files that are named here. */
export interface ScriptRequest {
  /** One or more statements. */
  readonly text: string
  /** Parameters of the last statement. */
  readonly parameters?: Parameters
  /** Files that are read. */
  readonly reads?: readonly string[]
  /** Files that are written; COPY writes them in place. */
  readonly writes?: readonly string[]
  /** Folders below which any file may be read and written. */
  readonly folders?: readonly string[]
  /** Most rows of the last statement that come back; by default 1000. */
  readonly maxRows?: number
}

/** What the text of a user asks for, before it runs. */
export interface Inspected {
  /** Tables by the names in the text: of tables, and of files that a function such as read_csv reads. */
  readonly tables: readonly string[]
  /** Whether its rows depend on when it runs, or on chance. */
  readonly isVolatile: boolean
}

/** Limits of one statement; what is left out is as the configuration says. */
export interface SqlLimits {
  readonly memoryBytes?: number
  readonly deadlineMs?: number
  readonly maxTemporaryBytes?: number
  /** Size of a file of a result; by default there is no limit. */
  readonly maxFileBytes?: number
}

/** Limits of which only that of results may be left out. */
export type KnownLimits = Required<Omit<SqlLimits, 'maxFileBytes'>> &
  Pick<SqlLimits, 'maxFileBytes'>

/** Where SQL runs: in processes of this one, or of the engine that owns the home. */
export interface Sql {
  /**
   * Returns what a user's text asks for, without running it.
   * @throws ACCESS_DENIED for what is not allowed, INVALID_ARGUMENT for what is no SQL.
   */
  inspect(sql: string, work: SqlWork): Promise<Inspected>
  /**
   * Runs a user's SELECT over the tables that are given.
   * @throws ACCESS_DENIED and INVALID_ARGUMENT as `inspect`; CORRUPT_FORMAT for a file that is not what
   * it claims; TIMEOUT, MEMORY_BUDGET and NO_SPACE at the limits; the reason of the signal.
   */
  select(request: SelectRequest, work: SqlWork, limits?: SqlLimits): Promise<SqlRows>
  /** Runs statements of our own over the files that are given. @throws as `select`. */
  script(request: ScriptRequest, work: SqlWork, limits?: SqlLimits): Promise<SqlRows>
  /** Ends what runs, and the processes. */
  close(): void
}

/** Where a table is cut into Parquet files: behind rows whose hash says so, so that equal rows are cut equally. */
export interface CutRule {
  /** Files that a large table is cut into at least. */
  readonly parts: number
  /** Rows of a file, on average: the power of two between these that gives `parts` files. */
  readonly leastRows: number
  readonly mostRows: number
  /** Bytes of values of a file, on average, above which it gets fewer rows. */
  readonly mostBytes: number
}

/** A file whose rows become Parquet. */
export interface TableInput {
  readonly file: string
  readonly format: TableFormat
}

/** Files to be written as Parquet files of one schema, each in parts of its own. */
export interface PartsRequest {
  readonly inputs: readonly TableInput[]
  /** The folder of the parts, which exists. */
  readonly folder: string
  readonly cut: CutRule
  /** Columns by whose values parts are kept apart; they are not in the parts. */
  readonly partitionBy: readonly string[]
  /** The schema that the inputs must fit; by default the one that fits all of them. */
  readonly columns?: readonly SqlColumn[]
}

/** A finished Parquet file. */
export interface Part {
  readonly file: string
  /** Index of its input, and its own among those of that input, in the order of rows. */
  readonly input: number
  readonly index: number
  readonly rows: number
  /** Values of the columns of `partitionBy`, as text. */
  readonly values: readonly (string | null)[]
}

export interface PartsDone {
  readonly columns: readonly SqlColumn[]
  /** Parts of each input. */
  readonly parts: readonly number[]
  readonly rows: number
}
