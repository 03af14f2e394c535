/** DuckDB's values → values that JSON has; see JsonValue for the rules. */
import {
  DuckDBTypeId,
  JsonDuckDBValueConverter,
  type DuckDBType,
  type DuckDBValue,
  type DuckDBValueConverter,
  type Json
} from '@duckdb/node-api'

const WHOLE = new Set([DuckDBTypeId.BIGINT, DuckDBTypeId.UBIGINT, DuckDBTypeId.HUGEINT, DuckDBTypeId.UHUGEINT]) // prettier-ignore
const LOCAL_TIMES = new Set([DuckDBTypeId.TIMESTAMP, DuckDBTypeId.TIMESTAMP_S, DuckDBTypeId.TIMESTAMP_MS, DuckDBTypeId.TIMESTAMP_NS]) // prettier-ignore

export const jsonValue: DuckDBValueConverter<Json> = (
  value: DuckDBValue,
  type: DuckDBType,
  converter: DuckDBValueConverter<Json>
) => {
  if (value === null) return null
  if (WHOLE.has(type.typeId)) return wholeNumber(value as bigint)
  const json = JsonDuckDBValueConverter(value, type, converter)
  if (typeof json !== 'string') return json
  if (LOCAL_TIMES.has(type.typeId)) return json.replace(' ', 'T')
  return type.typeId === DuckDBTypeId.TIMESTAMP_TZ ? instant(json) : json
}

function wholeNumber(value: bigint): number | string {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value.toString()
}

/** The child's time zone is UTC, so that DuckDB writes `2020-01-01 00:00:00+00`. */
const instant = (text: string): string => text.replace(' ', 'T').replace(/\+00$/, 'Z')
