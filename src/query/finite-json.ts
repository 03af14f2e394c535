/** Rows whose floats JSON can have: NaN and infinity, of which it has none, become the texts "NaN", "Infinity" and "-Infinity". */
import {
  DuckDBArrayType,
  DuckDBListType,
  DuckDBMapType,
  DuckDBStructType,
  DuckDBTypeId,
  type DuckDBType
} from '@duckdb/node-api'
import { quoted, quotedName } from './sandbox.js'

/** Returns a query with its columns so, by position: names need not be unique. @param rows a query in parentheses. */
export function finiteRows(
  rows: string,
  names: readonly string[],
  types: readonly DuckDBType[]
): string {
  const finite = types.map((type, i) => finiteValue(`c${i}`, type, 0))
  if (finite.every((one) => one === undefined)) return rows
  const values = names.map((name, i) => `${finite[i] ?? `c${i}`} AS ${quotedName(name)}`)
  return `(SELECT ${values.join(', ')} FROM ${rows} AS result(${names.map((_, i) => `c${i}`).join(', ')}))` // prettier-ignore
}

/** Returns a value with its floats so, in SQL; undefined where it has none. @param depth of nested lambdas. */
function finiteValue(value: string, type: DuckDBType, depth: number): string | undefined {
  if (type.typeId === DuckDBTypeId.FLOAT || type.typeId === DuckDBTypeId.DOUBLE)
    return `CASE WHEN isfinite(${value}) THEN to_json(${value}) WHEN isnan(${value}) THEN '"NaN"'::JSON WHEN ${value} > 0 THEN '"Infinity"'::JSON WHEN ${value} < 0 THEN '"-Infinity"'::JSON END` // prettier-ignore
  if (type instanceof DuckDBListType) return finiteList(value, type.valueType, depth)
  if (type instanceof DuckDBArrayType) return finiteList(`${value}::${String(type.valueType)}[]`, type.valueType, depth) // prettier-ignore
  if (type instanceof DuckDBMapType) {
    const values = finiteList(`map_values(${value})`, type.valueType, depth)
    return values === undefined ? undefined : ifAny(value, `map(map_keys(${value}), ${values})`)
  }
  return type instanceof DuckDBStructType ? finiteStruct(value, type, depth) : undefined
}

function finiteList(list: string, type: DuckDBType, depth: number): string | undefined {
  const one = finiteValue(`x${depth}`, type, depth + 1)
  return one === undefined ? undefined : `list_transform(${list}, lambda x${depth}: ${one})`
}

function finiteStruct(value: string, type: DuckDBStructType, depth: number): string | undefined {
  const entries = type.entryTypes.map((own, i) => {
    const entry = `struct_extract(${value}, ${quoted(type.entryNames[i]!)})`
    return [entry, finiteValue(entry, own, depth)] as const
  })
  if (entries.every(([, finite]) => finite === undefined)) return undefined
  const packed = entries.map(([entry, finite], i) => `${quotedName(type.entryNames[i]!)} := ${finite ?? entry}`) // prettier-ignore
  return ifAny(value, `struct_pack(${packed.join(', ')})`)
}

/** What is NULL as a whole stays so. */
const ifAny = (value: string, made: string): string =>
  `CASE WHEN ${value} IS NOT NULL THEN ${made} END`
