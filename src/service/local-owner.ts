/** Owns a home in this process, making one change at a time, in the order of the calls. */
import { abortion } from '../core/abort.js'
import type { Cid } from '../core/cid.js'
import { systemCode, toKitError } from '../core/errors.js'
import type { BlockStore } from '../store/block-store.js'
import { noteGc } from '../store/figures.js'
import { fsck, type FsckReport } from '../store/fsck.js'
import { withoutWriters } from '../store/writer-lock.js'
import { collectGarbage, surveyGarbage, type GcReport } from '../store/gc.js'
import type { Pin } from '../store/pins.js'
import type { ObjectId } from '../store/ports.js'
import { StoreReader } from '../store/reader.js'
import type { HomeLock } from './home-lock.js'
import type { HomeLog } from './home-log.js'
import type { IndexPatch } from '../metadata/patch.js'
import { isIndexed, pinnedPatch, unpinnedPatch } from '../metadata/pin-patch.js'
import { copyPatches } from './copies-of-pins.js'
import { IndexRecorder } from './index-recorder.js'
import { PinRecorder } from './pin-recorder.js'
import type { PinRecord, Recorded } from '../operations/pin-records.js'
import type { News, Tell } from '../operations/events.js'
import type { CheckOptions, CheckRun, Owner } from '../operations/owner.js'
import { addedNews, copyNews, pinnedNews, unpinnedNews } from './owner-news.js'

/** Knowledge about DAGs that the content engine supplies to the owner. */
export interface DagPorts {
  readonly below: (
    roots: readonly Cid[]
  ) => Iterable<{ readonly cid: Cid; readonly isMissing: boolean }>
  readonly leavesOf: (root: Cid) => Iterable<{ readonly cid: Cid; readonly size: number }>
}

export type DagOf = (reader: StoreReader) => DagPorts

/** Writes the index of pins for other programs, for an owner that is no engine. */
export interface PinIndexing {
  /**
   * Called once before the home is given back, where pins changed, or reads were recorded.
   * @param reads when content was read, ms since 1970, as far as that is news.
   */
  readonly now: (store: BlockStore, reads: ReadonlyMap<string, number>) => void
  /** Called after work on backends. */
  readonly settled: (store: BlockStore, reads: ReadonlyMap<string, number>) => Promise<void>
}

export class LocalOwner implements Owner {
  readonly store: BlockStore
  /** Operations on backends, and changes of pin mappings. */
  readonly log: HomeLog
  readonly pins: PinRecorder
  readonly index: IndexRecorder
  readonly #lock: HomeLock
  readonly #dagOf: DagOf
  /** Whether writers were kept out already before this process became the owner. */
  readonly #alone: boolean
  readonly #indexing: PinIndexing | undefined
  readonly #tell: Tell
  #arePinsChanged = false
  #last: Promise<unknown> = Promise.resolve()
  /** The last of the works that take long and must not meet: gc, and checks. */
  #lastLong: Promise<unknown> = Promise.resolve()

  constructor(
    store: BlockStore,
    log: HomeLog,
    lock: HomeLock,
    dagOf: DagOf,
    alone: boolean,
    indexing?: PinIndexing,
    tell: Tell = () => undefined
  ) {
    this.#indexing = indexing
    this.#tell = tell
    this.store = store
    this.log = log
    this.pins = new PinRecorder(store.layout.home, log)
    this.index = new IndexRecorder(store.layout.home, log)
    this.#lock = lock
    this.#dagOf = dagOf
    this.#alone = alone
  }

  /** Runs work after all earlier work, whether that failed or not. */
  #inTurn<T>(work: () => T | Promise<T>): Promise<T> {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => undefined)
    return turn
  }

  async publish(
    session: ObjectId,
    pins: readonly Pin[],
    unpinned: readonly string[] = []
  ): Promise<void> {
    await this.#changing(() => this.store.publish(session, pins))
    for (const pin of pins) this.#tell(addedNews(pin))
    for (const cid of unpinned) this.#tell({ type: 'added', cid, name: null })
    for (const pin of pins) this.#tell(pinnedNews(pin))
    await this.index.note(pins.filter(isIndexed).map(pinnedPatch))
  }

  async addPins(pins: readonly Pin[]): Promise<void> {
    await this.#changing(() => this.store.addPins(pins))
    for (const pin of pins) this.#tell(pinnedNews(pin))
    await this.index.note(pins.filter(isIndexed).map(pinnedPatch))
  }

  async removePins(cids: readonly string[]): Promise<void> {
    await this.#changing(() => this.store.removePins(cids))
    for (const cid of cids) this.#tell(unpinnedNews(cid))
    const at = this.log.clock.now()
    await this.index.note(cids.map((cid) => unpinnedPatch(cid, at)))
  }

  #changing(change: () => void): Promise<void> {
    this.#arePinsChanged = true
    return this.#inTurn(change)
  }

  collect(signal: AbortSignal): Promise<GcReport> {
    return this.#afterLong(signal, () => this.#withoutWriters(signal, () => this.#collect(signal)))
  }

  survey(signal: AbortSignal): Promise<GcReport> {
    return this.#afterLong(signal, () =>
      this.#withoutWriters(signal, () => surveyGarbage(this.store, signal))
    )
  }

  async #collect(signal: AbortSignal): Promise<GcReport> {
    const report = await collectGarbage(this.store, signal)
    await this.index.noteGone((cid) => this.store.reader.has(cid.key), this.log.clock.now())
    try {
      noteGc(this.store.layout, new Date())
    } catch (error) {
      // On a full disk what was freed matters more than when.
      if (systemCode(error) === undefined) throw error
    }
    return report
  }

  check(options: CheckOptions, run: CheckRun): Promise<FsckReport> {
    const { signal } = run
    if (!options.repair) return this.#afterLong(signal, () => this.#look(options, run))
    return this.#afterLong(signal, () =>
      this.#withoutWriters(signal, () => this.#check(this.store.reader, options, run))
    )
  }

  /** Checks by a reader of its own, so that others can publish and pin meanwhile. */
  async #look(options: CheckOptions, run: CheckRun): Promise<FsckReport> {
    const reader = new StoreReader(this.store.layout.home)
    try {
      return await this.#check(reader, options, run)
    } finally {
      reader.close()
    }
  }

  #check(reader: StoreReader, options: CheckOptions, run: CheckRun): Promise<FsckReport> {
    const { signal, progress } = run
    return fsck(this.store, {
      ...options,
      ...this.#dagOf(reader),
      reader,
      signal,
      onBytes: progress
    })
  }

  /** Runs long work after all earlier long work; leaves the queue when the signal comes first. */
  #afterLong<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const { turn, settled } = queued(this.#lastLong, signal, work)
    this.#lastLong = settled
    return turn
  }

  /**
   * Waits for writers before the turn begins: in it they could never publish, and so never finish.
   */
  #withoutWriters<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const inTurn = (): Promise<T> => {
      const { turn, settled } = queued(this.#last, signal, work)
      this.#last = settled
      return turn
    }
    return this.#alone ? inTurn() : withoutWriters(this.store.layout, signal, inTurn)
  }

  async retryOperations(ids: readonly string[]): Promise<void> {
    const { operations } = await this.log.open()
    await operations.retry(...ids)
  }

  async cancelOperations(ids: readonly string[]): Promise<void> {
    const { operations } = await this.log.open()
    await operations.cancel(...ids)
  }

  /**
   * Stays until the signal says that a runner of operations is gone: what it left running is due then.
   * @param onCancelled is told the ids of its operations that are given up.
   */
  async runnerStays(
    runner: string,
    signal: AbortSignal,
    onCancelled: (id: string) => void
  ): Promise<void> {
    const { operations } = await this.log.open()
    const end = operations.watch(({ operation_id: id, status }) => {
      if (status === 'cancelled' && operations.runnerOf(id) === runner) onCancelled(id)
    })
    const { aborted, end: stop } = abortion(signal)
    await aborted.catch(() => undefined)
    stop()
    end()
    // Where the log is closed by now, they are due when it is opened.
    await operations.release(runner).catch(() => undefined)
  }

  async recordPins(records: readonly PinRecord[]): Promise<Recorded[]> {
    const told = await this.#newsOf(records)
    const ids = await this.pins.record(records)
    for (const news of told) this.#tell(news)
    const changed = records.flatMap(({ change }) => change?.cid ?? [])
    if (changed.length > 0) await this.#noteCopies(changed)
    return ids
  }

  /** Tells the index of copies. What they are is recorded already, and stays so where this fails. */
  async #noteCopies(cids: readonly string[]): Promise<void> {
    const home = this.store.layout.home
    const at = this.log.clock.now()
    try {
      await this.index.note(await this.pins.withCopies((copiesOf) => copyPatches(home, cids, copiesOf, at))) // prettier-ignore
    } catch (error) {
      this.log.warn(`the metadata index does not tell of ${cids.length} copies that changed (${toKitError(error).message}); \`ipfs-kit metadata refresh\` brings it up to date`) // prettier-ignore
    }
  }

  /** Looked up before they are recorded, as an operation that has ended may be archived at once. */
  async #newsOf(records: readonly PinRecord[]): Promise<News[]> {
    const { operations } = await this.log.open()
    return records.flatMap((record) => {
      const operation = record.end === undefined ? undefined : operations.byId(record.end.id)
      return (operation && copyNews(record, operation)) ?? []
    })
  }

  async settlePins(): Promise<void> {
    await this.pins.settle()
    await this.#indexing?.settled(this.store, this.index.takeReads())
    this.#arePinsChanged = false
  }

  recordIndex(patches: readonly IndexPatch[]): Promise<void> {
    return this.index.record(patches)
  }

  settleIndex(all: boolean): Promise<void> {
    return this.index.settle(all)
  }

  close(): void {
    if (this.#arePinsChanged || this.index.hasReads)
      this.#indexing?.now(this.store, this.index.takeReads())
    this.store.close()
    if (!this.log.isOpen) return this.#lock.release()
    // Nobody else may write to the log before this process has ended doing so.
    const told = (error: unknown): void => this.log.warn(`the home is let go of, though closing its log failed: ${toKitError(error).message}`) // prettier-ignore
    void Promise.allSettled([this.pins.close(), this.index.close()])
      .then(() => this.log.close())
      .catch(told)
      .then(() => this.#lock.release())
      .catch(told)
  }
}

/**
 * Runs work after what was queued before, unless the signal comes first.
 * @returns the result, and what the next work has to wait for.
 */
function queued<T>(
  before: Promise<unknown>,
  signal: AbortSignal,
  work: () => Promise<T>
): { readonly turn: Promise<T>; readonly settled: Promise<unknown> } {
  const { aborted, end } = abortion(signal)
  const done = before.then(async () => {
    // From here on the work heeds the signal itself.
    end()
    signal.throwIfAborted()
    return await work()
  })
  const settled = done.catch(() => undefined)
  return { turn: Promise.race([done, aborted]), settled }
}
