/** Records work on backends through the owner of the home. Records of the same time share one call. */
import { randomUUID } from 'node:crypto'
import { KeptOwner } from './kept-owner.js'
import type { Attendance, Owner } from './owner.js'
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
  /** Names this piece of work to the owner. */
  readonly #runner = randomUUID()
  #attendance: Attendance | undefined
  readonly #running = new Map<string, () => void>()
  /** Operations that were given up before anybody listened. */
  readonly #cancelled = new Set<string>()
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
          this.#attend(owner)
          const ids = await owner.recordPins(batch.map(({ record }) => this.#signed(record)))
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

  #signed(record: PinRecord): PinRecord {
    return record.begin === undefined ? record : { ...record, runner: this.#runner }
  }

  /** Stays with an owner of another process, also while it is let go of between records. */
  #attend(owner: Owner): void {
    if (this.#attendance !== undefined) return
    const attendance = owner.attend?.(this.#runner, (id) => this.#cancel(id))
    this.#attendance = attendance
    void attendance?.ended.then(() => {
      if (this.#attendance === attendance) this.#attendance = undefined
    })
  }

  #cancel(id: string): void {
    const stop = this.#running.get(id)
    if (stop === undefined) this.#cancelled.add(id)
    else stop()
  }

  /** Calls `stop` once an operation that runs is given up elsewhere. @returns a function that ends this. */
  onCancelled(id: string, stop: () => void): () => void {
    if (this.#cancelled.delete(id)) stop()
    this.#running.set(id, stop)
    return () => this.#running.delete(id)
  }

  /** Waits for what is being recorded, and brings the files of mappings up to date. */
  async settle(): Promise<void> {
    await this.#flushing
    await this.#owner.use((owner) => owner.settlePins())
  }

  /** Lets go of the home, once all is recorded. */
  async close(): Promise<void> {
    await this.#flushing
    this.#attendance?.end()
    this.#owner.close()
  }
}
