/** Shows progress as a line on stderr once something takes over a second on a terminal. */
import { printableText } from '../core/printable.js'
import type { Progress } from '../operations/run.js'
import { progressText } from './progress-text.js'

/** How long nothing is shown, and how often the line changes then. */
const SHOW_AFTER_MS = 1000
const UPDATE_MS = 200
/** Columns of a terminal that does not tell them. */
const USUAL_COLUMNS = 80

type Terminal = Pick<NodeJS.WriteStream, 'write'> & Partial<Pick<NodeJS.WriteStream, 'columns'>>

/** Shows the progress of an operation. */
export class ProgressLine {
  readonly #stream: Terminal
  #what = ''
  #started = 0
  #done = 0
  #shownAt = 0
  #isShown = false

  constructor(stream: Terminal) {
    this.#stream = stream
  }

  show({ what, bytes, total, isShare }: Progress): void {
    const now = Date.now()
    if (what !== this.#what) this.#begin(what, now)
    this.#done += bytes
    if (now - this.#shownAt < UPDATE_MS) return
    this.#shownAt = now
    this.#isShown = true
    const state = {
      what: printableText(what),
      done: this.#done,
      total,
      elapsedMs: now - this.#started,
      isShare
    }
    this.#stream.write(`\r\x1b[K${progressText(state, this.#stream.columns ?? USUAL_COLUMNS)}`)
  }

  /** Starts the counts anew for another activity. */
  #begin(what: string, now: number): void {
    this.end()
    this.#what = what
    this.#started = now
    this.#done = 0
    this.#shownAt = now + SHOW_AFTER_MS - UPDATE_MS
  }

  /** Removes the line, so that what is printed next stands alone. */
  end(): void {
    if (this.#isShown) this.#stream.write('\r\x1b[K')
    this.#isShown = false
    this.#what = ''
  }
}
