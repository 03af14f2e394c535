/** Parameters as DuckDB binds them. */
import {
  BIGINT,
  DuckDBDateValue,
  DuckDBListValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DATE,
  HUGEINT,
  LIST,
  TIMESTAMP,
  TIMESTAMPTZ,
  VARCHAR,
  BOOLEAN,
  DOUBLE,
  type DuckDBType,
  type DuckDBValue
} from '@duckdb/node-api'
import { KitError } from '../core/errors.js'
import type { OneParameter, Parameter, Parameters } from './ports.js'

interface Bound {
  readonly value: DuckDBValue
  /** Undefined where DuckDB finds it by itself. */
  readonly type: DuckDBType | undefined
}

/**
 * Returns the values and their types. Whole numbers are BIGINT, which DuckDB would take for DOUBLE.
 * @throws INVALID_ARGUMENT naming the parameter that is none.
 */
export function boundTo(
  parameters: Parameters
): [Record<string, DuckDBValue>, Record<string, DuckDBType | undefined>] {
  const entries = Object.entries(parameters).map(([name, value]) => [name, boundValue(name, value)] as const) // prettier-ignore
  return [
    Object.fromEntries(entries.map(([name, { value }]) => [name, value])),
    Object.fromEntries(entries.map(([name, { type }]) => [name, type]))
  ]
}

const boundValue = (name: string, value: Parameter): Bound =>
  isList(value) ? list(name, value) : boundOne(name, value)

const isList = (value: Parameter): value is readonly OneParameter[] => Array.isArray(value)

function boundOne(name: string, value: OneParameter): Bound {
  if (value === null) return { value, type: undefined }
  if (typeof value === 'string') return { value, type: VARCHAR }
  if (typeof value === 'boolean') return { value, type: BOOLEAN }
  if (typeof value === 'bigint') return whole(value)
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? whole(BigInt(value)) : { value, type: DOUBLE }
  if (typeof value === 'object' && !Array.isArray(value)) {
    // From outside, where a type is only what was promised.
    const [first, ...others]: [string, unknown][] = Object.entries(value)
    const [kind, text] = first ?? ['', '']
    const isOne = others.length === 0 && typeof text === 'string'
    const found = isOne ? typedValue(kind, text) : undefined
    if (found !== undefined) return found
  }
  throw new KitError('INVALID_ARGUMENT', `$${name} is neither a text, a number, true, false, null, a date, a time nor a list of these`) // prettier-ignore
}

const MAX_INT64 = (1n << 63n) - 1n

const whole = (value: bigint): Bound => ({
  value,
  type: value <= MAX_INT64 && value >= -MAX_INT64 ? BIGINT : HUGEINT
})

/** The entries have one type, which the first of them tells that is not null. */
function list(name: string, values: readonly OneParameter[]): Bound {
  const bound = values.map((value) => boundOne(name, value))
  const types = bound.filter(({ value }) => value !== null).map(({ type }) => type)
  const [first = VARCHAR] = types
  const mixed = types.some((type) => String(type) !== String(first))
  const areNumbers = types.every((type) => NUMBERS.includes(String(type)))
  if (mixed && !areNumbers)
    throw new KitError('INVALID_ARGUMENT', `$${name} is a list of values of several types`)
  const wholes = types.every((type) => String(type) !== String(DOUBLE))
  if (!mixed || wholes) {
    const items = bound.map(({ value }) => value)
    return { value: new DuckDBListValue(items), type: LIST(mixed ? HUGEINT : first) }
  }
  const items = bound.map(({ value }) => (value === null ? value : asDouble(name, value)))
  return { value: new DuckDBListValue(items), type: LIST(DOUBLE) }
}

/** Returns a number of a list with fractions. @throws INVALID_ARGUMENT for a whole one that would be rounded. */
function asDouble(name: string, value: DuckDBValue): number {
  const number = Number(value)
  if (typeof value !== 'bigint' || BigInt(number) === value) return number
  throw new KitError('INVALID_ARGUMENT', `$${name} has ${value} beside fractions, among which it would be rounded: give texts, and CAST($${name} AS DECIMAL(38, 9)[]) in the statement`) // prettier-ignore
}

const NUMBERS = [BIGINT, HUGEINT, DOUBLE].map(String)

/** Returns a value that JSON has no form of. */
function typedValue(kind: string, text: string): Bound | undefined {
  if (kind === 'whole' && /^-?\d{1,39}$/.test(text)) return whole(BigInt(text))
  const at = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,6})0*)?(Z|[+-]\d\d:?\d\d)?)?$/.exec(text) // prettier-ignore
  const [, day = '', time, fraction = '', zone] = at ?? []
  const ms = Date.parse(`${day}T${time ?? '00:00'}${zone ?? 'Z'}`)
  if (Number.isNaN(ms)) return undefined
  if (kind === 'date' && time === undefined)
    return { value: new DuckDBDateValue(ms / 86_400_000), type: DATE }
  if (kind !== 'timestamp') return undefined
  const micros = BigInt(ms) * 1000n + BigInt(fraction.padEnd(6, '0'))
  return zone === undefined
    ? { value: new DuckDBTimestampValue(micros), type: TIMESTAMP }
    : { value: new DuckDBTimestampTZValue(micros), type: TIMESTAMPTZ }
}
