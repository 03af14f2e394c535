/** Parameters as DuckDB binds them. */
import { BIGINT, HUGEINT, type DuckDBType, type DuckDBValue } from '@duckdb/node-api'
import type { Parameter, Parameters } from './ports.js'

const MAX_INT64 = (1n << 63n) - 1n

/** Returns the values and their types. Whole numbers are BIGINT, which DuckDB would take for DOUBLE. */
export function boundTo(
  parameters: Parameters
): [Record<string, DuckDBValue>, Record<string, DuckDBType | undefined>] {
  const entries = Object.entries(parameters).map(([name, value]) => [name, plain(value)] as const)
  return [
    Object.fromEntries(entries),
    Object.fromEntries(entries.map(([name, value]) => [name, wholeType(value)]))
  ]
}

const plain = (value: Parameter): Parameter =>
  typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value

function wholeType(value: Parameter): DuckDBType | undefined {
  if (typeof value !== 'bigint') return undefined
  return value <= MAX_INT64 && value >= -MAX_INT64 ? BIGINT : HUGEINT
}
