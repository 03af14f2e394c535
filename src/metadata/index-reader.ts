/** The index of a home for reading, beside whoever owns it: kept open between calls, and brought up to date by each. */
import { isKitError } from '../core/errors.js'
import { logFolder } from '../wal/layout.js'
import { logTail, readLog } from '../wal/read-log.js'
import { indexFolder } from './index-files.js'
import { MetadataIndex } from './metadata-index.js'

/** How often work is done again that new partitions interrupted. */
const ATTEMPTS = 10

/** An index that is open, and how much work holds it. */
interface Held {
  readonly index: MetadataIndex
  tail: string
  holders: number
  isRetired: boolean
}

export class IndexReader {
  readonly #folder: string
  readonly #log: string
  readonly #before: () => Promise<void>
  #held: Held | undefined
  #last: Promise<unknown> = Promise.resolve()

  /** @param before work that each use waits for, and that never rejects. */
  constructor(home: string, before: () => Promise<void> = () => Promise.resolve()) {
    this.#before = before
    this.#folder = indexFolder(home)
    this.#log = logFolder(home)
  }

  /**
   * Runs work with the index as it is now; its memory is good until the work ends.
   * @throws CORRUPT_FORMAT naming the file.
   */
  async use<T>(work: (index: MetadataIndex) => T | Promise<T>): Promise<T> {
    await this.#before()
    const turn = this.#last.then(() => this.#current())
    this.#last = turn.catch(() => undefined)
    const held = await turn
    try {
      return await work(held.index)
    } finally {
      release(held)
    }
  }

  /** As `use`; work that found partitions replaced meanwhile, so that it threw STALE, is done again. */
  async useSteady<T>(work: (index: MetadataIndex) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++)
      try {
        return await this.use(work)
      } catch (error) {
        if (!isKitError(error, 'STALE') || attempt === ATTEMPTS) throw error
      }
  }

  /** Returns the index as it is now, held. */
  async #current(): Promise<Held> {
    const held = this.#held
    if (held === undefined || !this.#isFresh(held)) {
      this.#retire()
      this.#held = await this.#open()
    }
    this.#held!.holders++
    return this.#held!
  }

  /** Takes in what the log has got since; returns false where the index has to be opened anew. */
  #isFresh(held: Held): boolean {
    try {
      if (!held.index.isCurrent) return false
      const tail = logTail(this.#log)
      if (tail === held.tail) return true
      held.index.replay(readLog(this.#log, held.index.lsn + 1))
      held.tail = tail
      // What was written to partitions and pruned meanwhile was not replayed.
      return held.index.isCurrent
    } catch (error) {
      if (isKitError(error, 'STALE')) return false
      throw error
    }
  }

  async #open(): Promise<Held> {
    const tail = logTail(this.#log)
    const read = (from: number) => readLog(this.#log, from)
    const index = await MetadataIndex.open({ folder: this.#folder, repairs: false, read })
    return { index, tail, holders: 0, isRetired: false }
  }

  #retire(): void {
    if (this.#held === undefined) return
    this.#held.isRetired = true
    if (this.#held.holders === 0) this.#held.index.close()
    this.#held = undefined
  }

  /** Lets go of the index once no work holds it. */
  close(): void {
    this.#retire()
  }
}

function release(held: Held): void {
  held.holders--
  if (held.isRetired && held.holders === 0) held.index.close()
}
