/** Figures as people read them. */
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

export function bytesText(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return '–'
  let value = bytes
  let unit = 0
  for (; value >= 1024 && unit < UNITS.length - 1; unit++) value /= 1024
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]!}`
}

const COUNT = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })

export const countText = (value: number | null | undefined): string =>
  value === null || value === undefined ? '–' : COUNT.format(value)

export const shareText = (part: number, whole: number): string =>
  whole === 0 ? '–' : `${Math.round((100 * part) / whole)} %`

export function msText(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return '–'
  return `${ms < 10 ? ms.toFixed(ms < 1 ? 2 : 1) : countText(Math.round(ms))} ms`
}

/** Steps of ages, in seconds. */
const AGES: readonly (readonly [number, string])[] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's']
]

/** Returns how long ago a time was, as `3 h ago`. @param time ISO 8601, or ms since 1970. */
export function ageText(time: string | number | null | undefined): string {
  if (time === null || time === undefined) return 'never'
  const seconds = (Date.now() - new Date(time).getTime()) / 1000
  if (seconds < 1) return 'now'
  const [size, unit] = AGES.find(([size]) => seconds >= size) ?? [1, 's']
  return `${Math.floor(seconds / size)} ${unit} ago`
}

export const timeText = (time: string | number): string => new Date(time).toLocaleString()

/** Returns a CID, or what it is part of, with its middle left out. */
export const shortCid = (cid: string): string =>
  cid.length <= 20 ? cid : `${cid.slice(0, 10)}…${cid.slice(-6)}`

/** Returns a word of a shell that stands for a text. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`

/** Returns a count with its noun: `1 file`, `2 files`. */
export const counted = (value: number, noun: string, nouns = `${noun}s`): string =>
  `${countText(value)} ${value === 1 ? noun : nouns}`

/** Returns a value of JSON as text, a text as it is. */
export const valueText = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value)
