/**
 * The thread that stores the siblings of a read small file in the kernel's page cache ahead. It also
 * has the kernel let go of nodes, which no thread that answers may: it can wait for an answer.
 */
import { isKitError, systemCode } from '../../../core/errors.js'
import type { NodePruner } from './node-pruner.js'
import type { PageStore } from './page-store.js'
import type { Siblings } from './siblings.js'

const FIRST_WINDOW = 16
const LAST_WINDOW = 512
const STREAMS = 4
/** Number of files after the last stored one within which a read belongs to the stream. */
const SLACK = 8

/** A reader that reads files in the order of a listing. */
interface Stream {
  /** Place of the last stored file, or of the first read. */
  frontier: number
  /** Number of files stored at a time; 0 until a second read proves the stream. */
  window: number
  begin: number
}

/** The pusher of one mount. */
export class SiblingPusher {
  readonly #pages: PageStore
  readonly #siblings: Siblings
  readonly #pruner: NodePruner
  readonly #streams: Stream[] = []

  constructor(pages: PageStore, siblings: Siblings, pruner: NodePruner) {
    this.#pages = pages
    this.#pruner = pruner
    this.#siblings = siblings
  }

  /** Runs until the mount is gone. @param refresh applies changes of the store. */
  run(refresh: () => void): void {
    const siblings = this.#siblings
    for (let seen = 0; !siblings.stopped;) {
      siblings.waitForReads(seen)
      if (siblings.stopped) return
      if (siblings.takeCrowded()) this.#pruner.prune(() => siblings.stopped)
      if (siblings.reads === seen) continue
      seen = siblings.reads
      const place = siblings.placeOfRead(seen - 1)
      if (place === undefined) continue
      if (!refreshed(refresh)) continue
      const stream = this.#streamAt(place)
      if (stream !== undefined && !this.#push(stream, place)) return
    }
  }

  /** Returns the stream that a read continues, with its next window; undefined if none is due. */
  #streamAt(place: number): Stream | undefined {
    const known = this.#streams.find(
      ({ begin, frontier }) => place >= begin && place <= frontier + SLACK
    )
    if (known === undefined) {
      if (this.#streams.length === STREAMS) this.#streams.shift()
      this.#streams.push({ begin: place, frontier: place, window: 0 })
      return undefined
    }
    // The reader is within the stored window still, so the next one is not due.
    if (place <= known.frontier) return undefined
    known.window = known.window === 0 ? FIRST_WINDOW : Math.min(LAST_WINDOW, known.window * 2)
    return known
  }

  /** Stores the next window of a stream. @returns whether the mount still exists. */
  #push(stream: Stream, place: number): boolean {
    const end = place + stream.window
    stream.frontier = end
    for (let next = place + 1; next <= end; next++) {
      const node = this.#siblings.nodeAt(next)
      if (node === 0) {
        // The end of the listing so far: a later read continues from here.
        stream.frontier = next - 1
        return true
      }
      if (!this.#pages.store(node)) return false
    }
    return true
  }
}

/** Refreshes, and returns false if the store cannot be read, which the next reader is told. */
function refreshed(refresh: () => void): boolean {
  try {
    refresh()
    return true
  } catch (error) {
    if (!isKitError(error) && systemCode(error) === undefined) throw error
    return false
  }
}
