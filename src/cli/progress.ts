/** Shows progress as a line on stderr once something takes over a second on a terminal. */
import { formatSize } from '../config/units.js'
import { printableText } from '../core/printable.js'
import type { Progress } from '../operations/run.js'

/** How long nothing is shown, and how often the line changes then. */
const SHOW_AFTER_MS = 1000
const UPDATE_MS = 200

/** Shows the progress of an operation. */
export class ProgressLine {
  readonly #stream: Pick<NodeJS.WriteStream, 'write'>
  #what = ''
  #total: number | undefined
  #started = 0
  #done = 0
  #shownAt = 0
  #isShown = false

  constructor(stream: Pick<NodeJS.WriteStream, 'write'>) {
    this.#stream = stream
  }

  show({ what, bytes, total }: Progress): void {
    const now = Date.now()
    if (what !== this.#what) this.#begin(what, now)
    this.#total = total
    this.#done += bytes
    if (now - this.#shownAt < UPDATE_MS) return
    this.#shownAt = now
    this.#isShown = true
    this.#stream.write(`\r\x1b[K${printableText(this.#line(now))}`)
  }

  /** Starts the counts anew for another activity. */
  #begin(what: string, now: number): void {
    this.end()
    this.#what = what
    this.#started = now
    this.#done = 0
    this.#shownAt = now + SHOW_AFTER_MS - UPDATE_MS
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

  /** Removes the line, so that what is printed next stands alone. */
  end(): void {
    if (this.#isShown) this.#stream.write('\r\x1b[K')
    this.#isShown = false
    this.#what = ''
  }
}
