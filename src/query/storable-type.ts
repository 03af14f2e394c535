/** Types as Parquet can have them: where it has none, one that loses nothing stands in its place, at any depth. */
import {
  DuckDBArrayType,
  DuckDBListType,
  DuckDBMapType,
  DuckDBStructType,
  type DuckDBType
} from '@duckdb/node-api'
import { quotedName } from './sandbox.js'

/** Sums of whole numbers would lose digits as DOUBLE. */
const STORED_AS: Readonly<Record<string, string>> = {
  HUGEINT: 'DECIMAL(38,0)',
  UHUGEINT: 'DECIMAL(38,0)',
  BIGNUM: 'VARCHAR',
  BIT: 'VARCHAR',
  'TIME WITH TIME ZONE': 'VARCHAR'
}

/** Returns the type to cast to, in DuckDB's words; undefined for one that can be stored as it is. */
export function storableType(type: DuckDBType): string | undefined {
  if (type instanceof DuckDBListType) return suffixed(type.valueType, '[]')
  if (type instanceof DuckDBArrayType) return suffixed(type.valueType, `[${type.length}]`)
  if (type instanceof DuckDBMapType) {
    const [key, value] = [storableType(type.keyType), storableType(type.valueType)]
    if (key === undefined && value === undefined) return undefined
    return `MAP(${key ?? String(type.keyType)}, ${value ?? String(type.valueType)})`
  }
  if (type instanceof DuckDBStructType) return storableStruct(type)
  const text = String(type)
  return Object.hasOwn(STORED_AS, text) ? STORED_AS[text] : undefined
}

function suffixed(type: DuckDBType, suffix: string): string | undefined {
  const stored = storableType(type)
  return stored === undefined ? undefined : `${stored}${suffix}`
}

function storableStruct({ entryNames, entryTypes }: DuckDBStructType): string | undefined {
  const stored = entryTypes.map(storableType)
  if (stored.every((one) => one === undefined)) return undefined
  const fields = stored.map((one, i) => `${quotedName(entryNames[i]!)} ${one ?? String(entryTypes[i])}`) // prettier-ignore
  return `STRUCT(${fields.join(', ')})`
}
