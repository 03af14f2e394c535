/** Parsing and formatting of sizes and durations with their units. */
import { KitError } from '../core/errors.js'

/** Bytes of each unit: powers of ten, and of two where it has an I. */
const UNITS: Readonly<Record<string, number>> = {
  '': 1, B: 1,
  KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12,
  KIB: 2 ** 10, MIB: 2 ** 20, GIB: 2 ** 30, TIB: 2 ** 40
} // prettier-ignore

/** Parses `512MiB`, `100 MB` or a number of bytes. @throws USAGE. */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text.trim())
  const unit = UNITS[match?.[2]?.toUpperCase() ?? '?']
  if (match === null || unit === undefined)
    throw new KitError('USAGE', `"${text}" is not a size; write for example 512MiB or 100MB`)
  return Math.floor(Number(match[1]) * unit)
}

const DURATIONS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000
}

/** Parses `500ms`, `60 s`, `2min`, `1h` or `30d` to milliseconds. @throws USAGE. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/.exec(text.trim())
  const unit = DURATIONS[match?.[2] ?? '']
  if (match === null || unit === undefined)
    throw new KitError('USAGE', `"${text}" is not a duration; write for example 500ms or 60s`)
  return Math.floor(Number(match[1]) * unit)
}

const STEPS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

/** Formats a size in the largest unit that keeps it at one or more, with three digits. */
export function formatSize(bytes: number): string {
  let step = 0
  let value = bytes
  while (value >= 1024 && step < STEPS.length - 1) {
    value /= 1024
    step++
  }
  const digits = step === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2
  return `${value.toFixed(digits)} ${STEPS[step]}`
}

/** Formats a duration in the largest unit that keeps it whole. */
export function formatDuration(ms: number): string {
  for (const [unit, length] of Object.entries(DURATIONS).reverse())
    if (ms >= length && ms % length === 0) return `${ms / length}${unit}`
  return `${ms}ms`
}
