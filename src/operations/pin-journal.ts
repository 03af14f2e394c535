/** Records work on backends through the owner of the home. Records of the same time share one call. */
import { KeptOwner } from './kept-owner.js'
import type { PinRecord, Recorded } from './pin-records.js'
import type { Run } from './run.js'
import type { Services } from './services.js'

const MAX_BATCH = 500
/** Records after which the files of mappings are written: whoever opens the log replays what they lack. */
const SETTLE_AFTER = 2000

interface Waiting {
  readonly record: PinRecord
  readonly resolve: (recorded: Recorded) => void
  readonly reject: (error: unknown) => void
}

export class PinJournal {
  readonly #owner: KeptOwner
  #queue: Waiting[] = []
  #flushing: Promise<void> | undefined
  /** Records since the files of mappings were written. */
  #recorded = 0

  constructor(services: Services, run: Run) {
    this.#owner = new KeptOwner(() => services.openOwner(run))
  }

  /** Records a step. @returns the id of the operation that it begins, null where it begins none, or why it was refused. */
  record(record: PinRecord): Promise<Recorded> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ record, resolve, reject })
      this.#flushing ??= this.#flush()
    })
  }

  /** Records until nothing waits. It never rejects. */
  async #flush(): Promise<void> {
    // Steps of the same turn come first, so that they share the call.
    await Promise.resolve()
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, MAX_BATCH)
      try {
        await this.#owner.use(async (owner) => {
          const ids = await owner.recordPins(batch.map(({ record }) => record))
          batch.forEach(({ resolve }, i) => resolve(ids[i] ?? null))
          this.#recorded += batch.length
          if (this.#recorded < SETTLE_AFTER) return
          this.#recorded = 0
          await owner.settlePins()
        })
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    // In the same turn as the last look at the queue: what comes later begins another one.
    this.#flushing = undefined
  }

  /** Waits for what is being recorded, and brings the files of mappings up to date. */
  async settle(): Promise<void> {
    await this.#flushing
    await this.#owner.use((owner) => owner.settlePins())
  }

  /** Lets go of the home, once all is recorded. */
  async close(): Promise<void> {
    await this.#flushing
    this.#owner.close()
  }
}
