/** Predicates over records: a field, an operator and a value each, all of which have to hold. */
import { KitError } from '../core/errors.js'
import { fieldPath, quoted, type FieldPath } from './field-path.js'
import type { IndexRecord } from './record.js'

export const OPERATORS = ['==', '!=', '>', '>=', '<', '<=', 'in', 'contains'] as const
export type Operator = (typeof OPERATORS)[number]

export type Literal = string | number | boolean | null

/** A predicate as it is asked for. */
export interface Condition {
  readonly field: string
  readonly op: Operator
  /** A list for `in`. Times are ISO 8601, in UTC without a zone, or ms since 1970. */
  readonly value: Literal | readonly Literal[]
}

/** A predicate that was checked. */
export interface Predicate {
  readonly path: FieldPath
  readonly op: Operator
  /**
   * Returns whether a record meets it. What has no value meets none but `== null`; a missing boolean
   * counts as false.
   */
  readonly matches: (record: IndexRecord) => boolean
  /** The same in DuckDB's SQL. */
  readonly sql: string
  /** The one value that the field must have; undefined where there is none. */
  readonly exact: Literal | undefined
}

type Scalar = 'string' | 'number' | 'bool' | 'time'

/** Checks a condition. @throws USAGE for a field, operator or value that does not fit. */
export function predicateOf({ field, op, value }: Condition): Predicate {
  const path = fieldPath(field)
  if (value === null) return nullPredicate(path, op)
  if (op === 'contains') return containsPredicate(path, value)
  const scalar = scalarOf(path)
  if (scalar === undefined)
    throw unfit(path, op, path.type.kind === 'list' ? 'it is a list: use contains' : 'it has no one value') // prettier-ignore
  if (op === 'in') return inPredicate(path, scalar, value)
  if (Array.isArray(value)) throw unfit(path, op, 'it takes one value, not a list')
  const wanted = converted(path, scalar, value as Literal)
  const order = ORDERS[op]
  const sql = `${sqlValue(path, scalar)} ${op === '==' ? '=' : op} ${sqlLiteral(scalar, wanted)}`
  const exact = op === '==' ? wanted : undefined
  return { ...valuePredicate(path, op, (own) => order(compare(own, wanted)), sql), exact }
}

const ORDERS: Readonly<Record<Exclude<Operator, 'in' | 'contains'>, (order: number) => boolean>> = {
  '==': (order) => order === 0,
  '!=': (order) => order !== 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0
}

/** Returns a predicate of a field's value, where it has one; a missing boolean is taken for false. */
function valuePredicate(
  path: FieldPath,
  op: Operator,
  holds: (own: unknown) => boolean,
  sql: string
): Predicate {
  const ofMissing = path.type.kind === 'bool' && holds(false)
  const matches = (record: IndexRecord): boolean => {
    const own = path.get(record)
    return own === null ? ofMissing : holds(own)
  }
  return {
    path,
    op,
    matches,
    sql: ofMissing ? `${sql} OR ${path.sql} IS NULL` : sql,
    exact: undefined
  }
}

const unfit = ({ text }: FieldPath, op: string, why: string): KitError =>
  new KitError('USAGE', `"${text} ${op}" cannot be asked: ${why}`)

function nullPredicate(path: FieldPath, op: Operator): Predicate {
  if (op !== '==' && op !== '!=') throw unfit(path, op, 'null is compared by == and != alone')
  const isWanted = op === '=='
  const matches = (record: IndexRecord): boolean => (path.get(record) === null) === isWanted
  return {
    path,
    op,
    matches,
    sql: `${path.sql} IS ${isWanted ? '' : 'NOT '}NULL`,
    exact: undefined
  }
}

function inPredicate(path: FieldPath, scalar: Scalar, value: Condition['value']): Predicate {
  if (!Array.isArray(value)) throw unfit(path, 'in', 'it takes a list of values')
  const wanted = (value as readonly Literal[]).map((one) => converted(path, scalar, one))
  const holds = (own: unknown): boolean => wanted.some((one) => compare(own, one) === 0)
  const literals = wanted.map((one) => sqlLiteral(scalar, one)).join(', ')
  const sql = wanted.length === 0 ? 'false' : `${sqlValue(path, scalar)} IN (${literals})`
  return valuePredicate(path, 'in', holds, sql)
}

function containsPredicate(path: FieldPath, value: Condition['value']): Predicate {
  const { type, sql } = path
  if (typeof value !== 'string' && !(type.kind === 'list' && typeof value !== 'object'))
    throw unfit(path, 'contains', 'it takes a text')
  const predicate = (sql: string, has: (own: unknown) => boolean): Predicate => ({
    path,
    op: 'contains',
    matches: (record) => {
      const own = path.get(record)
      return own !== null && has(own)
    },
    sql,
    exact: undefined
  })
  if (type.kind === 'string')
    return predicate(`contains(${sql}, ${quoted(value as string)})`, (own) => (own as string).includes(value as string)) // prettier-ignore
  if (type.kind === 'map')
    return predicate(`list_contains(map_keys(${sql}), ${quoted(value as string)})`, (own) => Object.hasOwn(own as object, value as string)) // prettier-ignore
  if (type.kind !== 'list') throw unfit(path, 'contains', 'it is no text, list or map')
  const of: FieldPath = { ...path, type: type.of }
  const scalar = scalarOf(of)
  if (scalar === undefined) throw unfit(path, 'contains', 'name a field of its entries')
  const wanted = converted(of, scalar, value)
  const has = (own: unknown): boolean =>
    (own as readonly unknown[]).some((one) => one !== null && compare(one, wanted) === 0)
  return predicate(`list_contains(${sql}, ${sqlLiteral(scalar, wanted)})`, has)
}

function scalarOf({ type }: FieldPath): Scalar | undefined {
  if (type.kind === 'int' || type.kind === 'float') return 'number'
  return type.kind === 'string' || type.kind === 'bool' || type.kind === 'time'
    ? type.kind
    : undefined
}

/** Returns a value of a field's own kind. @throws USAGE for one of another. */
function converted(path: FieldPath, scalar: Scalar, value: Literal): Literal {
  if (scalar === 'time') return timeOf(path, value)
  if (typeof value === (scalar === 'bool' ? 'boolean' : scalar)) {
    if (typeof value !== 'number' || Number.isFinite(value)) return value
  }
  const expected = { string: "a text, as 'text'", number: 'a number', bool: 'true or false' }[
    scalar
  ]
  throw new KitError(
    'USAGE',
    `"${path.text}" is compared with ${expected}, not ${JSON.stringify(value)}`
  )
}

/** As far as a Date goes. */
const MAX_TIME = 8.64e15

function timeOf({ text }: FieldPath, value: Literal): number {
  const ms = typeof value === 'string' ? parsedTime(value) : value
  if (typeof ms === 'number' && Number.isFinite(ms) && Math.abs(ms) <= MAX_TIME) return ms
  throw new KitError(
    'USAGE',
    `"${text}" is compared with a time in ISO 8601, not ${JSON.stringify(value)}`
  )
}

const TIME =
  /^(\d{4}(?:-\d\d(?:-\d\d)?)?)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(Z|[+-]\d\d(?::?\d\d)?)?)?$/i

/** Returns the ms since 1970 of a time, which is UTC where it names no zone, as in SQL; NaN for what is none. */
function parsedTime(text: string): number {
  const [, day = '', time, zone = 'Z'] = TIME.exec(text) ?? []
  const whole = /^[+-]\d\d$/.test(zone) ? `${zone}:00` : zone.replace(/^(...):?(\d\d)$/, '$1:$2')
  return Date.parse(time === undefined ? day : `${day}T${time}${whole.toUpperCase()}`)
}

/** Compares two values of one kind: texts by the order of their characters, false before true. */
export function compare(a: unknown, b: unknown): number {
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b)
  return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0
}

/** As their UTF-8 bytes compare. */
function compareTexts(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const own = a.charCodeAt(i)
    const other = b.charCodeAt(i)
    if (own === other) continue
    // Halves of characters beyond the first 65,536 sort behind all others.
    const isHalf = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff
    if (isHalf(own) !== isHalf(other)) return isHalf(own) ? 1 : -1
    return own < other ? -1 : 1
  }
  return a.length < b.length ? -1 : 1
}

/** Times are compared as numbers, fractions as doubles. */
function sqlValue({ sql, type }: FieldPath, scalar: Scalar): string {
  if (scalar === 'time') return `epoch_ms(${sql})`
  return type.kind === 'float' ? `CAST(${sql} AS DOUBLE)` : sql
}

function sqlLiteral(scalar: Scalar, value: Literal): string {
  if (scalar === 'string') return quoted(value as string)
  if (scalar === 'bool') return value === true ? 'true' : 'false'
  return Number.isSafeInteger(value) ? `CAST(${value} AS BIGINT)` : `CAST('${value}' AS DOUBLE)`
}
