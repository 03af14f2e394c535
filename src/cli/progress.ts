/** A line on stderr that counts bytes, for anything that takes over a second on a terminal. */
import { formatSize } from '../config/units.js'

const QUIET_MS = 1000
const EVERY_MS = 200

export interface Progress {
  add(bytes: number): void
  end(): void
}

/** Counts and shows nothing. */
export const NO_PROGRESS: Progress = { add: () => undefined, end: () => undefined }

export class ProgressLine implements Progress {
  readonly #what: string
  readonly #total: number | undefined
  readonly #stream: NodeJS.WriteStream
  readonly #started = Date.now()
  #done = 0
  #shownAt = this.#started + QUIET_MS - EVERY_MS
  #shown = false

  constructor(what: string, total: number | undefined, stream: NodeJS.WriteStream) {
    this.#what = what
    this.#total = total
    this.#stream = stream
  }

  add(bytes: number): void {
    this.#done += bytes
    const now = Date.now()
    if (now - this.#shownAt < EVERY_MS) return
    this.#shownAt = now
    this.#shown = true
    this.#stream.write(`\r\x1b[K${this.#line(now)}`)
  }

  #line(now: number): string {
    const rate = this.#done / Math.max(0.001, (now - this.#started) / 1000)
    const parts = [`${this.#what}: ${formatSize(this.#done)}`, `${formatSize(rate)}/s`]
    if (this.#total !== undefined && this.#total > 0) {
      const share = Math.min(1, this.#done / this.#total)
      const left = Math.max(0, this.#total - this.#done) / Math.max(1, rate)
      parts.push(`${Math.floor(share * 100)} %`, `${Math.ceil(left)} s left`)
    }
    return parts.join(' · ')
  }

  end(): void {
    if (this.#shown) this.#stream.write('\r\x1b[K')
  }
}
