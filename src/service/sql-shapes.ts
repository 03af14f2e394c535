/** The shapes of requests of SQL in the protocol. JSON has no whole numbers beyond 2^53: they go as texts. */
import { list, oneOf, optional, orNull, parsed, record, text, whole, type Shape } from '../core/shape.js' // prettier-ignore
import { KitError } from '../core/errors.js'
import type { NumberedValues, OneParameter, Parameter, Parameters, SelectRequest, KnownLimits, SqlColumn, SqlOutput, TableSource } from '../query/ports.js' // prettier-ignore

type SentOne = Exclude<OneParameter, bigint>

interface SentList {
  readonly list: readonly SentOne[]
}

export type SentParameter = SentOne | SentList

export interface SentSelect extends Omit<SelectRequest, 'parameters'> {
  /** Values of parameters, by their names. */
  readonly values: Readonly<Record<string, SentParameter>>
}

const MAX_SQL = 1 << 20
const MAX_ROWS = 1e9

/** A text of SQL, which may be longer than other texts. */
export const sqlText: Shape<string> = (value, at) => {
  if (typeof value === 'string' && value.length <= MAX_SQL) return value
  throw new KitError('INVALID_ARGUMENT', `${at} must be a text of at most ${MAX_SQL} characters`)
}

/** An object whose values have one shape. */
const mapOf =
  <T>(shape: Shape<T>): Shape<Readonly<Record<string, T>>> =>
  (value, at) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new KitError('INVALID_ARGUMENT', `${at} must be an object`)
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [name, shape(one, `${at}.${name}`)])
    )
  }

const oneParameter: Shape<SentOne> = (value, at) => {
  if (value === null || typeof value === 'boolean' || Number.isFinite(value)) return value as number
  if (typeof value === 'string') return sqlText(value, at)
  const has = (name: string): boolean =>
    typeof value === 'object' && value !== null && name in value
  if (has('date')) return record<{ date: string }>({ date: text })(value, at)
  if (has('timestamp')) return record<{ timestamp: string }>({ timestamp: text })(value, at)
  const { whole: digits } = record<{ whole: string }>({ whole: text })(value, at)
  if (/^-?\d{1,39}$/.test(digits)) return { whole: digits }
  throw new KitError('INVALID_ARGUMENT', `${at}.whole must be a whole number`)
}

const parameter: Shape<SentParameter> = (value, at) =>
  typeof value === 'object' && value !== null && 'list' in value
    ? record<SentList>({ list: list(oneParameter) })(value, at)
    : oneParameter(value, at)

const path = parsed((value) => {
  if (!value.startsWith('/') || value.includes('\0')) throw new Error('it is none')
}, 'an absolute path')

const numbered = record<NumberedValues>({
  column: text,
  columns: list(record<SqlColumn>({ name: text, type: text })),
  partitionBy: list(text),
  values: list(list(orNull(text)))
})

/** Versions are for whoever keeps results. */
const table = record<Omit<TableSource, 'version'>>({
  name: text,
  files: list(path),
  format: oneOf('parquet', 'csv', 'ndjson', 'arrow'),
  columns: optional(mapOf(text)),
  partitions: optional(mapOf(text)),
  numbered: optional(numbered),
  compression: optional(oneOf('gzip', 'zstd')),
  paths: optional(list(text))
})

const rows = record<{ maxRows: number }>({ maxRows: whole(0, MAX_ROWS) })
const file = record<{ file: string; format: 'parquet' | 'csv' | 'json' | 'ndjson' | 'arrow' }>({
  file: path,
  format: oneOf('parquet', 'csv', 'json', 'ndjson', 'arrow')
})

const output: Shape<SqlOutput> = (value, at) =>
  typeof value === 'object' && value !== null && 'file' in value ? file(value, at) : rows(value, at)

export const select = record<SentSelect>({
  sql: sqlText,
  values: mapOf(parameter),
  tables: list(table),
  output
})

export const limits = record<KnownLimits>({
  memoryBytes: whole(1 << 20),
  deadlineMs: whole(1, 24 * 3_600_000),
  maxTemporaryBytes: whole(0),
  maxFileBytes: optional(whole(0))
})

export const toSent = (parameters: Parameters = {}): Readonly<Record<string, SentParameter>> =>
  Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, sent(value)]))

const sent = (value: Parameter): SentParameter =>
  isList(value) ? { list: value.map(sentOne) } : sentOne(value)

const sentOne = (value: OneParameter): SentOne =>
  typeof value === 'bigint' ? { whole: value.toString() } : value

const isList = (value: Parameter): value is readonly OneParameter[] => Array.isArray(value)

export const fromSent = (values: Readonly<Record<string, SentParameter>>): Parameters =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, isSentList(value) ? value.list : value])
  )

const isSentList = (value: SentParameter): value is SentList =>
  typeof value === 'object' && value !== null && 'list' in value
