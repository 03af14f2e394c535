/**
 * Shapes of plain data that another process sent. Each checks a value and returns what it means,
 * without the fields that nobody asked for.
 */
import { KitError } from './errors.js'

/** @param at where the value stands, for the message. @throws INVALID_ARGUMENT. */
export type Shape<T> = (value: unknown, at: string) => T

const refuse = (at: string, expected: string): KitError =>
  new KitError('INVALID_ARGUMENT', `${at} must be ${expected}`)

/** Most characters of a text: a path, a name or a CID has far fewer. */
const MAX_TEXT = 1 << 16

export const text: Shape<string> = (value, at) => {
  if (typeof value !== 'string' || value.length > MAX_TEXT)
    throw refuse(at, `a text of at most ${MAX_TEXT} characters`)
  return value
}

export const flag: Shape<boolean> = (value, at) => {
  if (typeof value !== 'boolean') throw refuse(at, 'true or false')
  return value
}

export const whole =
  (least: number, most = Number.MAX_SAFE_INTEGER): Shape<number> =>
  (value, at) => {
    if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most)
      throw refuse(at, `a whole number from ${least} to ${most}`)
    return value as number
  }

export const oneOf =
  <const T extends string>(...words: readonly T[]): Shape<T> =>
  (value, at) => {
    const found = words.find((word) => word === value)
    if (found === undefined) throw refuse(at, `one of ${words.join(', ')}`)
    return found
  }

export const orNull =
  <T>(shape: Shape<T>): Shape<T | null> =>
  (value, at) =>
    value === null ? null : shape(value, at)

/** A field that may be missing. */
export const optional =
  <T>(shape: Shape<T>): Shape<T | undefined> =>
  (value, at) =>
    value === undefined ? undefined : shape(value, at)

export const list =
  <T>(shape: Shape<T>): Shape<T[]> =>
  (value, at) => {
    if (!Array.isArray(value)) throw refuse(at, 'a list')
    return value.map((one, i) => shape(one, `${at}[${i}]`))
  }

/** A shape for each field; one of an optional field may return undefined. */
type Fields<T> = {
  readonly [K in keyof T]-?: Shape<undefined extends T[K] ? T[K] | undefined : T[K]>
}

/** An object with these fields; one whose value is undefined is left out. */
export const record =
  <T>(fields: Fields<T>): Shape<T> =>
  (value, at) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw refuse(at, 'an object')
    const given = value as Record<string, unknown>
    const checked: Record<string, unknown> = {}
    for (const [name, shape] of Object.entries<Shape<unknown>>(fields)) {
      const own = Object.hasOwn(given, name) ? given[name] : undefined
      const found = shape(own, `${at}.${name}`)
      if (found !== undefined) checked[name] = found
    }
    return checked as T
  }

/** A text that a parser takes. @param parse throws what is wrong with it. */
export const parsed =
  (parse: (text: string) => unknown, expected: string): Shape<string> =>
  (value, at) => {
    const given = text(value, at)
    try {
      parse(given)
    } catch (error) {
      const reason = error instanceof Error ? error.message : ''
      throw new KitError('INVALID_ARGUMENT', `${at} must be ${expected}: ${reason}`, {
        cause: error
      })
    }
    return given
  }
