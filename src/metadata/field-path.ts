/** Paths to the values of a record, such as `size_bytes`, `metadata.title`, `properties.sensor` and `storage_locations.s3.bucket`. */
import { KitError } from '../core/errors.js'
import type { IndexRecord } from './record.js'
import { COLUMN_NAMES, RECORD, sqlType, type ColumnType } from './schema.js'

export interface FieldPath {
  readonly text: string
  readonly names: readonly string[]
  readonly type: ColumnType
  /** Returns its value in a record; null where there is none. */
  readonly get: (record: IndexRecord) => unknown
  /** Its value in DuckDB's SQL. */
  readonly sql: string
}

/** Resolves a path. @throws USAGE naming the part that there is not, and what there is. */
export function fieldPath(text: string): FieldPath {
  const names = namesOf(text)
  let path: FieldPath = { text, names, type: RECORD, get: (record) => record, sql: '' }
  for (const name of names) path = below(path, name, text)
  return path
}

/** Splits at dots; after the name of a map the rest is one key. */
function namesOf(text: string): readonly string[] {
  const key = /^properties(?:\.(.+)|\[(?:'([^']*)'|"([^"]*)")\])$/s.exec(text)
  if (key !== null) return ['properties', key[1] ?? key[2] ?? key[3] ?? '']
  return text.split('.')
}

function below(path: FieldPath, name: string, whole: string): FieldPath {
  const { type, get, sql, text, names } = path
  if (type.kind === 'map') {
    const own = (value: unknown): unknown => ownValue(value, name)
    return { text, names, type: { kind: 'string' }, get: (record) => own(get(record)), sql: `map_extract(${sql}, ${quoted(name)})[1]` } // prettier-ignore
  }
  if (type.kind === 'list' && type.of.kind === 'struct') {
    const field = fieldOf(type.of, name, whole)
    const each = (value: unknown): unknown =>
      Array.isArray(value) ? value.map((one) => ownValue(one, name)) : null
    return { text, names, type: { kind: 'list', of: field }, get: (record) => each(get(record)), sql: `[struct_extract(e, ${quoted(name)}) for e in ${sql}]` } // prettier-ignore
  }
  const field = fieldOf(type, name, whole)
  const next = sql === '' ? `"${name}"` : `struct_extract(${sql}, ${quoted(name)})`
  return { text, names, type: field, get: (record) => ownValue(get(record), name), sql: next }
}

function fieldOf(type: ColumnType, name: string, whole: string): ColumnType {
  const fields = type.kind === 'struct' ? type.fields : []
  const found = fields.find((field) => field.name === name)
  if (found !== undefined) return found.type
  const known = fields.length === 0 ? '' : `; there are ${fields.map((one) => one.name).join(', ')}`
  throw new KitError(
    'USAGE',
    `the index has no field "${whole}"${known || `: ${sqlType(type)} has none`}`
  )
}

const ownValue = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : null

/** Returns a text as a literal of SQL. @throws USAGE for one with NUL, which no literal has. */
export function quoted(text: string): string {
  if (text.includes('\0')) throw new KitError('USAGE', 'a text with NUL cannot be compared')
  return `'${text.replaceAll("'", "''")}'`
}

/** Resolves the paths of a projection; all columns where none is given. */
export const projection = (columns: readonly string[] = []): readonly FieldPath[] =>
  (columns.length === 0 ? COLUMN_NAMES : columns).map(fieldPath)
