/**
 * The operations on backends, for the owner of the home. Each change is durable when its call resolves,
 * and seen by the other methods at once. What is finished is archived, and leaves the log and memory.
 */
import { randomBytes } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { toHex } from '../core/bytes.js'
import type { Clock } from '../core/clock.js'
import { ERROR_CODES, KitError, toKitError } from '../core/errors.js'
import { ifPresent } from '../core/fs-durable.js'
import type { Log } from '../core/log.js'
import { ArchiveDue } from './archive-due.js'
import { failedToKeep } from './failed-to-keep.js'
import { OPERATION } from './kinds.js'
import { archiveFolder, archivePath } from './layout.js'
import type { WriteAheadLog } from './log.js'
import { encodeOperation, isCancellable, isFinished, isReplacedBy, isRetriable, isWanted, newRecord, type NewOperation, type OperationFilter, type OperationRecord, type OperationResult } from './operation-record.js' // prettier-ignore
import { replay, replayFrom } from './replay.js'
import { RETRY_POLICY, waitAfter, type RetryPolicy } from './retry-policy.js'
import { writeArchive } from './write-archive.js'

/** Operations that are carried to the end of the log before others have a turn. */
const CARRIED_AT_ONCE = 1000

export interface OperationLogTools {
  readonly clock: Clock
  readonly log: Pick<Log, 'warn'>
  /** Returns a number from 0 to 1. */
  readonly random: () => number
  readonly retries?: RetryPolicy
  /** Finished operations from which on they are archived. */
  readonly archiveAt?: number | undefined
}

interface Held {
  record: OperationRecord
  /** LSN of the last durable state. */
  lsn: number
  /** States that are being written. */
  writing: number
}

export class OperationLog {
  readonly #wal: WriteAheadLog
  readonly #tools: OperationLogTools
  readonly #held: Map<string, Held>
  readonly #watchers = new Set<(record: OperationRecord) => void>()
  #finished = 0
  readonly #due: ArchiveDue
  #archiving: Promise<void> | undefined

  private constructor(
    wal: WriteAheadLog,
    tools: OperationLogTools,
    held: Map<string, Held>,
    due: ArchiveDue
  ) {
    this.#wal = wal
    this.#tools = tools
    this.#held = held
    this.#due = due
    for (const { record } of held.values()) if (isFinished(record)) this.#finished++
  }

  /** Replays a log. What was running when its process died is pending again. @throws CORRUPT_FORMAT. */
  static async open(wal: WriteAheadLog, tools: OperationLogTools): Promise<OperationLog> {
    const folder = archiveFolder(wal.folder)
    for (const name of ifPresent(() => readdirSync(folder)) ?? [])
      if (name.endsWith('.tmp')) rmSync(join(folder, name), { force: true })
    const from = replayFrom(wal.folder)
    const held = new Map<string, Held>()
    for (const [id, { record, lsn }] of replay(wal.read(from)))
      held.set(id, { record, lsn, writing: 0 })
    const due = new ArchiveDue(wal, from, tools.archiveAt)
    await wal.prune()
    const opened = new OperationLog(wal, tools, held, due)
    // Written, so that whoever reads the log sees the same.
    const interrupted = [...held.values()].filter(({ record }) => record.status === 'running')
    await Promise.all(interrupted.map((one) => opened.#change(one, { status: 'pending' })))
    opened.#archiveIfMany()
    return opened
  }

  /** Logs a new operation, which is pending. */
  async begin(wanted: NewOperation): Promise<OperationRecord> {
    const { clock, retries = RETRY_POLICY } = this.#tools
    const id = toHex(randomBytes(8))
    const record = newRecord(id, wanted, clock.now(), retries.tries)
    const held: Held = { record, lsn: 0, writing: 0 }
    this.#held.set(id, held)
    return await this.#write(held, record)
  }

  /** Logs that an operation is tried now. @throws INVALID_ARGUMENT for one that is not pending. */
  async start(id: string): Promise<OperationRecord> {
    const held = this.#find(id)
    if (held.record.status !== 'pending') throw notNow(held.record, 'started')
    return await this.#change(held, { status: 'running', next_retry_at: null })
  }

  /** Logs more of what an operation is about, such as how far it came. */
  async update(id: string, parameters: Readonly<Record<string, string>>): Promise<OperationRecord> {
    const held = this.#find(id)
    return await this.#change(held, { parameters: { ...held.record.parameters, ...parameters } })
  }

  /** Logs that an operation is done. One that was cancelled meanwhile stays so. */
  async complete(id: string, result: OperationResult | null): Promise<OperationRecord> {
    return await this.#end(id, { status: 'completed', result, error: null, error_type: null })
  }

  /**
   * Logs that a try failed. It is pending again for a later try, or failed where there are no more,
   * or where a later one would fail as well.
   */
  async fail(id: string, cause: unknown): Promise<OperationRecord> {
    const { record } = this.#find(id)
    const { code, message } = toKitError(cause)
    const { type, recoverable } = ERROR_CODES[code]
    const retry_count = record.retry_count + 1
    const said = { error: message, error_type: type, retry_count }
    if (!recoverable || retry_count >= record.max_retries)
      return await this.#end(id, { ...said, status: 'failed' })
    const { clock, random, retries = RETRY_POLICY } = this.#tools
    const next_retry_at = clock.now() + waitAfter(retries, retry_count, random())
    return await this.#end(id, { ...said, status: 'pending', next_retry_at })
  }

  /**
   * Makes a failed operation pending from its first try on, and one that waits for its next try due.
   * @throws INVALID_ARGUMENT for any other; PATH_NOT_FOUND.
   */
  async retry(id: string): Promise<OperationRecord> {
    const held = this.#find(id)
    if (!isRetriable(held.record)) throw notNow(held.record, 'retried')
    if (held.record.status === 'pending') return await this.#change(held, { next_retry_at: null })
    const again = {
      status: 'pending',
      retry_count: 0,
      next_retry_at: null,
      completed_at: null
    } as const
    return await this.#change(held, again)
  }

  /**
   * Gives an operation up. A running one is told of by `watch`, and may have had its effect.
   * @throws INVALID_ARGUMENT for one that is finished; PATH_NOT_FOUND.
   */
  async cancel(id: string): Promise<OperationRecord> {
    const held = this.#find(id)
    if (!isCancellable(held.record)) throw notNow(held.record, 'cancelled')
    const completed_at = this.#tools.clock.now()
    return await this.#change(held, { status: 'cancelled', next_retry_at: null, completed_at })
  }

  /** Gives up what waits for another try where a later operation makes it; what is being begun is about to run. */
  async replaceBy(later: OperationRecord): Promise<void> {
    const state = { next_retry_at: null, completed_at: this.#tools.clock.now(), status: 'cancelled', error: `operation ${later.operation_id} took its place` } as const // prettier-ignore
    for (const held of this.#held.values())
      if (held.writing === 0 && isReplacedBy(held.record, later)) await this.#change(held, state)
  }

  /** Returns the pending operations whose time has come, those that wait longest first. */
  due(now: number): OperationRecord[] {
    return this.list({ status: 'pending' })
      .filter(({ next_retry_at: at }) => at === null || at <= now)
      .sort((a, b) => a.updated_at - b.updated_at)
  }

  /** Returns an operation; undefined for one that is archived, or never was. */
  byId(id: string): OperationRecord | undefined {
    return this.#held.get(id)?.record
  }

  /** Lists what is not archived, in the order in which it was begun. */
  list(filter: OperationFilter = {}): OperationRecord[] {
    return [...this.#held.values()]
      .map(({ record }) => record)
      .filter((record) => isWanted(record, filter))
  }

  /** Calls a listener with each durable new state. @returns a function that ends this. */
  watch(listener: (record: OperationRecord) => void): () => void {
    this.#watchers.add(listener)
    return () => this.#watchers.delete(listener)
  }

  #find(id: string): Held {
    const held = this.#held.get(id)
    if (held !== undefined) return held
    throw new KitError(
      'PATH_NOT_FOUND',
      `no operation ${id} is in the log; see \`ipfs-kit wal ls\``
    )
  }

  async #end(id: string, state: Partial<OperationRecord>): Promise<OperationRecord> {
    const held = this.#find(id)
    if (held.record.status === 'cancelled') return held.record
    const completed_at = state.status === 'pending' ? null : this.#tools.clock.now()
    return await this.#change(held, { next_retry_at: null, ...state, completed_at })
  }

  #change(held: Held, state: Partial<OperationRecord>): Promise<OperationRecord> {
    return this.#write(held, { ...held.record, ...state, updated_at: this.#tools.clock.now() })
  }

  /**
   * Appends a state. Memory has it at once, so that the next change builds on it; entries become durable
   * in the order of the calls.
   */
  async #write(held: Held, record: OperationRecord): Promise<OperationRecord> {
    this.#finished += Number(isFinished(record)) - Number(isFinished(held.record))
    held.record = record
    await this.#append(held)
    for (const listener of this.#watchers) listener(record)
    this.#archiveIfMany()
    return record
  }

  async #append(held: Held): Promise<void> {
    held.writing++
    held.lsn = await this.#wal.append(OPERATION, encodeOperation(held.record))
    held.writing--
  }

  #archiveIfMany(): void {
    if (!this.#due.isDue(this.#finished) || this.#archiving !== undefined) return
    this.archive().catch((error: unknown) => {
      this.#tools.log.warn(`finished operations stay in the log: ${toKitError(error).message}`)
    })
  }

  /**
   * Archives what is finished, but failed operations that may be retried, and removes segments that
   * nobody needs any more. @throws NO_SPACE, IO and the like, having lost nothing.
   */
  archive(): Promise<void> {
    const before = this.#archiving?.catch(() => undefined)
    const archiving = Promise.resolve(before)
      .then(() => this.#archive())
      .finally(() => {
        if (this.#archiving === archiving) this.#archiving = undefined
      })
    this.#archiving = archiving
    return archiving
  }

  /**
   * What stays is first written once more, behind the LSN that names the archive. From the moment at
   * which the archive has its name, a replay begins behind that LSN: everything is found once.
   */
  async #archive(): Promise<void> {
    const through = this.#wal.end
    const kept = failedToKeep([...this.#held.values()], this.#tools.clock.now())
    const gone = [...this.#held.values()].filter(
      (held) =>
        held.writing === 0 && held.lsn <= through && isFinished(held.record) && !kept.has(held)
    )
    if (gone.length === 0 && !this.#due.holdsMany) return
    for (const { record } of gone) this.#held.delete(record.operation_id)
    const path = archivePath(this.#wal.folder, through)
    try {
      await this.#carry(through)
      await writeArchive({ path, records: gone.map(({ record }) => record) })
    } catch (error) {
      for (const held of gone) this.#held.set(held.record.operation_id, held)
      this.#due.failed(this.#finished)
      // One that got its name, but may not be durable, would have them twice.
      await rm(path).catch(() => undefined)
      throw error
    }
    this.#finished -= gone.length
    this.#due.done(through + 1, kept.size)
    await this.#wal.prune()
  }

  /**
   * Writes behind an LSN what has no durable state there. A state that is being written is not waited for,
   * but written once more: what comes after it in the log is durable after it.
   */
  async #carry(through: number): Promise<void> {
    const all = [...this.#held.values()]
    for (let i = 0; i < all.length; i += CARRIED_AT_ONCE) {
      const part = all.slice(i, i + CARRIED_AT_ONCE).filter(({ lsn }) => lsn <= through)
      await Promise.all(part.map((held) => this.#append(held)))
    }
  }

  /** Waits for an archive that is being written. The log itself is closed by its owner. */
  async close(): Promise<void> {
    await this.#archiving?.catch(() => undefined)
  }
}

const notNow = ({ operation_id, status }: OperationRecord, what: string): KitError =>
  new KitError('INVALID_ARGUMENT', `operation ${operation_id} is ${status}, and cannot be ${what}`)
