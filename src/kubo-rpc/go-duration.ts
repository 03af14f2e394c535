/** Durations as Go writes them, such as `1m30s`. */
import { KitError } from '../core/errors.js'

const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000
}
const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/g
/** The longest that a timer waits. */
const MAX_MS = 2 ** 31 - 1

/** Returns milliseconds. @throws INVALID_ARGUMENT. */
export function goDuration(text: string): number {
  const parts = [...text.matchAll(PART)]
  if (text === '' || parts.map(([part]) => part).join('') !== text)
    throw new KitError('INVALID_ARGUMENT', `"${text}" is no duration, such as 30s or 1m30s`)
  const ms = parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNITS[unit!]!, 0)
  return Math.min(MAX_MS, Math.ceil(ms))
}
