/** The thread that stores the next siblings of small files in the kernel's page cache. */
import { isKitError, systemCode } from '../../../core/errors.js'
import type { PageStore } from './page-store.js'
import type { Siblings } from './siblings.js'

const FIRST_WINDOW = 16
const LAST_WINDOW = 512
const STREAMS = 4
/** A read this far behind the last stored file still goes on with its stream. */
const SLACK = 8

/** One reader that goes through a listing. */
interface Stream {
  /** Place of the last file that was stored, or read where none is stored yet. */
  frontier: number
  /** Files stored at a time; 0 until a second read shows that it is a stream. */
  window: number
  begin: number
}

export class SiblingPusher {
  readonly #pages: PageStore
  readonly #siblings: Siblings
  readonly #streams: Stream[] = []

  constructor(pages: PageStore, siblings: Siblings) {
    this.#pages = pages
    this.#siblings = siblings
  }

  /** Work until the mount is gone. @param refresh as of the serving threads. */
  run(refresh: () => void): void {
    const siblings = this.#siblings
    for (let seen = 0; !siblings.stopped;) {
      siblings.waitForReads(seen)
      if (siblings.stopped) return
      seen = siblings.reads
      const place = siblings.placeOfRead(seen - 1)
      if (place < 0) continue
      if (!refreshed(refresh)) continue
      const stream = this.#streamAt(place)
      if (stream !== undefined && !this.#push(stream, place)) return
    }
  }

  /** The stream that a read goes on with; undefined where there is nothing to do. */
  #streamAt(place: number): Stream | undefined {
    const known = this.#streams.find(
      ({ begin, frontier }) => place >= begin && place <= frontier + SLACK
    )
    if (known === undefined) {
      if (this.#streams.length === STREAMS) this.#streams.shift()
      this.#streams.push({ begin: place, frontier: place, window: 0 })
      return undefined
    }
    // A read of what is being stored, or was: the reader is faster than we are.
    if (place <= known.frontier) return undefined
    known.window = known.window === 0 ? FIRST_WINDOW : Math.min(LAST_WINDOW, known.window * 2)
    return known
  }

  /** @returns whether the mount is still there. */
  #push(stream: Stream, place: number): boolean {
    const end = place + stream.window
    stream.frontier = end
    for (let next = place + 1; next <= end; next++) {
      const node = this.#siblings.nodeAt(next)
      if (node === 0) {
        // The listing goes on later, or elsewhere.
        stream.frontier = next - 1
        return true
      }
      if (!this.#pages.store(node)) return false
    }
    return true
  }
}

/** A store that cannot be read now is no reason to end: the next reader is told. */
function refreshed(refresh: () => void): boolean {
  try {
    refresh()
    return true
  } catch (error) {
    if (!isKitError(error) && systemCode(error) === undefined) throw error
    return false
  }
}
