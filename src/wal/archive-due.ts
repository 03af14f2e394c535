/** When finished operations are archived: when they are many, or old states hold many files of the log. */
import type { WriteAheadLog } from './log.js'

/** Finished operations in memory. */
const FINISHED = 5000
/** Complete segments, so that a few operations that only wait do not hold many files. */
const SEGMENTS = 4

export class ArchiveDue {
  readonly #wal: WriteAheadLog
  readonly #every: number
  #finishedAt: number
  #segmentsAt = SEGMENTS
  #from: number

  /** @param from LSN from which on the log has what the archives lack. */
  constructor(wal: WriteAheadLog, from: number, every = FINISHED) {
    this.#wal = wal
    this.#every = every
    this.#finishedAt = every
    this.#from = from
    wal.hold('operations', from)
  }

  /** @param finished operations in memory. */
  isDue(finished: number): boolean {
    return finished >= this.#finishedAt || this.#wal.segmentsBehind(this.#from) >= this.#segmentsAt
  }

  /** Returns whether an archive without rows would let go of files, too. */
  get holdsMany(): boolean {
    return this.#wal.segmentsBehind(this.#from) >= SEGMENTS
  }

  /** Notes that the archives have what is finished. @param finished operations that stay. */
  done(from: number, finished: number): void {
    this.#from = from
    this.#finishedAt = finished + this.#every
    this.#segmentsAt = SEGMENTS
    this.#wal.hold('operations', from)
  }

  /** Notes a failure: a disk that is full is not tried again with each change. */
  failed(finished: number): void {
    this.#finishedAt = finished + this.#every
    this.#segmentsAt = this.#wal.segmentsBehind(this.#from) + SEGMENTS
  }
}
