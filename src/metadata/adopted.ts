/**
 * Reads the records of a Parquet file that this program did not write last: a restored partition, or one of
 * the two older variants. What the index has no column for is kept among the properties.
 */
import { readParquetGroups, type ParquetRow } from '../core/read-parquet.js'
import { patched } from './patch.js'
import type { IndexRecord } from './record.js'
import { COLUMNS, type Column, type ColumnType } from './schema.js'

/** Names of columns in older files. */
const OLDER: Readonly<Record<string, string>> = {
  unixfs_path: 'path',
  mimetype: 'mime_type',
  block_count: 'blocks',
  added_timestamp: 'created_at',
  extra: 'properties'
}
const BY_NAME: ReadonlyMap<string, ColumnType> = new Map(
  COLUMNS.map(({ name, type }) => [name, type])
)

/**
 * Yields the records, in the order of the file. Rows without a CID are left out.
 * @param maxGroupBytes of a row group, where the file is somebody else's.
 * @throws CORRUPT_FORMAT naming the file.
 */
export async function* readIndexParquet(
  path: string,
  maxGroupBytes?: number
): AsyncGenerator<IndexRecord> {
  for await (const group of readParquetGroups(path, maxGroupBytes))
    for (const row of group) {
      const record = recordOf(row)
      if (record !== undefined) yield record
    }
}

function recordOf(row: ParquetRow): IndexRecord | undefined {
  const cid = row['cid']
  if (typeof cid !== 'string' || cid === '') return undefined
  const values: Record<string, unknown> = {}
  const properties: Record<string, string> = {}
  for (const [given, value] of Object.entries(row)) {
    const name = OLDER[given] ?? given
    const type = BY_NAME.get(name)
    if (type === undefined) {
      const text = valueOf({ kind: 'string' }, value)
      if (typeof text === 'string') properties[name] = text
    } else values[name] = valueOf(type, value)
  }
  const known = values['properties'] as Readonly<Record<string, string>> | null | undefined
  const all = { ...properties, ...known }
  values['properties'] = Object.keys(all).length === 0 ? null : all
  const at = typeof values['created_at'] === 'number' ? values['created_at'] : 0
  const base = patched(undefined, { cid, at })
  const before: IndexRecord = { ...base, created_at: null, updated_at: null, ...values, cid }
  const last = (values['last_accessed'] as number | null | undefined) ?? at
  const { updated_at, node } = before
  return { ...patched(before, { cid, at: last }), updated_at, node }
}

/** Returns a value of the type of a column; null for what is of no such type. */
export function valueOf(type: ColumnType, value: unknown): unknown {
  if (value === null || value === undefined) return null
  switch (type.kind) {
    case 'string':
      return textOf(value)
    case 'bool':
      return typeof value === 'boolean' ? value : null
    case 'float':
    case 'int':
      return numberOf(type, value)
    case 'time':
      return timeOf(value)
    case 'list':
      return Array.isArray(value) ? value.map((one) => valueOf(type.of, one)) : null
    case 'map':
      return mapOf(value)
    case 'struct':
      return structOf(type.fields, value)
  }
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'bigint') return value.toString()
  return JSON.stringify(value)
}

function numberOf(type: ColumnType, value: unknown): number | null {
  const number = typeof value === 'bigint' || typeof value === 'number' ? Number(value) : NaN
  if (!Number.isFinite(number)) return null
  if (type.kind === 'float') return Math.fround(number)
  const limit = 2 ** (type.kind === 'int' ? Math.min(type.bits - 1, 53) : 53)
  return Math.min(Math.max(Math.trunc(number), -limit), limit - 1)
}

function timeOf(value: unknown): number | null {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.getTime()
  // Older files have seconds as numbers, or texts.
  if (typeof value === 'number' || typeof value === 'bigint') {
    const number = Number(value)
    return Math.trunc(Math.abs(number) < 1e11 ? number * 1000 : number)
  }
  const parsed = typeof value === 'string' ? Date.parse(value) : NaN
  return Number.isNaN(parsed) ? null : parsed
}

function mapOf(value: unknown): Readonly<Record<string, string>> | null {
  if (typeof value !== 'object' || value === null) return null
  const entries: [string, unknown][] = Array.isArray(value)
    ? (value as readonly { readonly key: string; readonly value: unknown }[]).map((pair) => [
        pair.key,
        pair.value
      ])
    : Object.entries(value)
  const texts = entries.flatMap(([key, own]) =>
    own === null || own === undefined ? [] : [[key, textOf(own)] as const]
  )
  return texts.length === 0 ? null : Object.fromEntries(texts)
}

function structOf(fields: readonly Column[], value: unknown): object | null {
  if (typeof value !== 'object' || value === null) return null
  const own = value as Readonly<Record<string, unknown>>
  return Object.fromEntries(fields.map(({ name, type }) => [name, valueOf(type, own[name])]))
}
