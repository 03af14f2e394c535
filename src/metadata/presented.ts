/** Records as other programs read them: times as ISO 8601. */
import type { FieldPath } from './field-path.js'
import type { IndexRecord } from './record.js'
import { RECORD, type ColumnType } from './schema.js'

/** Returns a value of a column as JSON has it; keys stay as they are. */
export function presented(type: ColumnType, value: unknown): unknown {
  if (value === null || value === undefined) return null
  switch (type.kind) {
    case 'time':
      return isoOf(value as number)
    case 'list':
      return (value as readonly unknown[]).map((one) => presented(type.of, one))
    case 'struct': {
      const own = value as Readonly<Record<string, unknown>>
      return Object.fromEntries(type.fields.map((field) => [field.name, presented(field.type, own[field.name])])) // prettier-ignore
    }
    default:
      return value
  }
}

/** A clock that is far off gives times that no date has. */
function isoOf(ms: number): string | null {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}

export const presentedRecord = (record: IndexRecord): Readonly<Record<string, unknown>> =>
  presented(RECORD, record) as Readonly<Record<string, unknown>>

/** Returns the values of some fields, by the texts of their paths. */
export const presentedFields = (
  record: IndexRecord,
  paths: readonly FieldPath[]
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(paths.map((path) => [path.text, presented(path.type, path.get(record))]))
