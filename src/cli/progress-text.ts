/** The text of a progress line, as much of it as the terminal has columns for. */
import { formatDuration, formatSize } from '../config/units.js'

export interface ProgressState {
  readonly what: string
  readonly done: number
  /** Bytes in all, where that is known. */
  readonly total: number | undefined
  readonly elapsedMs: number
  /** Whether the figures are parts of the work, and no bytes. */
  readonly isShare?: boolean | undefined
}

/** Percent and rate matter most, then how much is done; the time left goes first. */
export function progressText(state: ProgressState, columns: number): string {
  const { what, done, total, elapsedMs } = state
  const bytesPerSecond = done / Math.max(0.001, elapsedMs / 1000)
  const rate = `${formatSize(bytesPerSecond)}/s`
  const size = formatSize(done)
  if (total === undefined || total <= 0) return firstThatFits(what, [[size, rate], [rate]], columns)
  const percent = `${Math.floor(Math.min(1, done / total) * 100)} %`
  const seconds = Math.ceil(Math.max(0, total - done) / Math.max(1, bytesPerSecond))
  const left = `${seconds < 120 ? `${seconds}s` : formatDuration(Math.ceil(seconds / 60) * 60_000)} left` // prettier-ignore
  if (state.isShare === true) return firstThatFits(what, [[percent, left], [percent]], columns)
  const ways = [
    [size, percent, rate, left],
    [size, percent, rate],
    [percent, rate]
  ]
  return firstThatFits(what, ways, columns)
}

/** The last column stays empty: some terminals begin a new line after it. */
function firstThatFits(what: string, ways: readonly string[][], columns: number): string {
  for (const parts of ways) {
    const text = `${what}: ${parts.join(', ')}`
    if (text.length < columns) return text
  }
  const figures = ways.at(-1)!.join(', ')
  const room = columns - 1 - figures.length - ': '.length
  const name = room > 1 ? `${[...what].slice(0, room - 1).join('')}…: ` : ''
  return `${name}${figures}`.slice(0, Math.max(0, columns - 1))
}
