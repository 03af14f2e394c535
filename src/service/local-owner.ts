/** Owns a home in this process, making one change at a time, in the order of the calls. */
import { onAbort } from '../core/abort.js'
import type { Cid } from '../core/cid.js'
import type { BlockStore } from '../store/block-store.js'
import { fsck, type FsckReport } from '../store/fsck.js'
import { withoutWriters } from '../store/writer-lock.js'
import { collectGarbage, type GcReport } from '../store/gc.js'
import type { Pin } from '../store/pins.js'
import type { ObjectId } from '../store/ports.js'
import type { HomeLock } from './home-lock.js'
import type { CheckOptions, CheckRun, Owner } from '../operations/owner.js'

/** Knowledge about DAGs that the content engine supplies to the owner. */
export interface DagPorts {
  readonly below: (
    roots: readonly Cid[]
  ) => Iterable<{ readonly cid: Cid; readonly isMissing: boolean }>
  readonly leavesOf: (root: Cid) => Iterable<{ readonly cid: Cid; readonly size: number }>
}

export class LocalOwner implements Owner {
  readonly store: BlockStore
  readonly #lock: HomeLock
  readonly #dag: DagPorts
  /** Whether writers were kept out already before this process became the owner. */
  readonly #alone: boolean
  #last: Promise<unknown> = Promise.resolve()

  constructor(store: BlockStore, lock: HomeLock, dag: DagPorts, alone: boolean) {
    this.store = store
    this.#lock = lock
    this.#dag = dag
    this.#alone = alone
  }

  /** Runs work after all earlier work, whether that failed or not. */
  #inTurn<T>(work: () => T | Promise<T>): Promise<T> {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => undefined)
    return turn
  }

  publish(session: ObjectId, pins: readonly Pin[]): Promise<void> {
    return this.#inTurn(() => this.store.publish(session, pins))
  }

  addPins(pins: readonly Pin[]): Promise<void> {
    return this.#inTurn(() => this.store.addPins(pins))
  }

  removePins(cids: readonly string[]): Promise<void> {
    return this.#inTurn(() => this.store.removePins(cids))
  }

  collect(signal: AbortSignal): Promise<GcReport> {
    return this.#withoutWriters(signal, () => collectGarbage(this.store, signal))
  }

  check(options: CheckOptions, { signal, progress }: CheckRun): Promise<FsckReport> {
    const { below, leavesOf } = this.#dag
    const check = (): Promise<FsckReport> =>
      fsck(this.store, { ...options, below, leavesOf, signal, onBytes: progress })
    return options.repair ? this.#withoutWriters(signal, check) : this.#inTurnUnless(signal, check)
  }

  /** As `#inTurn`, but leaves the queue when the signal comes before the turn does. */
  #inTurnUnless<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const release = onAbort(signal, () => reject(signal.reason as Error))
      const turn = this.#inTurn(async () => {
        release()
        if (signal.aborted) throw signal.reason
        return await work()
      })
      turn.then(resolve, reject)
    })
  }

  /**
   * Waits for writers before the turn begins: in it they could never publish, and so never finish.
   */
  #withoutWriters<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (this.#alone) return this.#inTurnUnless(signal, work)
    return withoutWriters(this.store.layout, signal, () => this.#inTurnUnless(signal, work))
  }

  close(): void {
    this.store.close()
    this.#lock.release()
  }
}
