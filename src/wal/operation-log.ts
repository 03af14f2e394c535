/**
 * The operations on backends, for the owner of the home. Each change is durable when its call resolves,
 * and seen by the other methods at once. What is finished is archived, and leaves the log and memory.
 */
import { randomBytes } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { toHex } from '../core/bytes.js'
import { ERROR_CODES, KitError, toKitError } from '../core/errors.js'
import { ifPresent } from '../core/fs-durable.js'
import { HeldOperations, type Held } from './held-operations.js'
import { OPERATION } from './kinds.js'
import { archiveFolder } from './layout.js'
import type { WriteAheadLog } from './log.js'
import { OperationArchive, type ArchiveTools } from './operation-archive.js'
import { encodeOperation, isCancellable, isEndedByBeginning, isEndedByEnd, isRetriable, isWanted, newRecord, replacedBy, type NewOperation, type OperationFilter, type OperationRecord, type OperationResult } from './operation-record.js' // prettier-ignore
import { replay, replayFrom } from './replay.js'
import { isWorthAnother, RETRY_POLICY, waitAfter, type RetryPolicy } from './retry-policy.js'

export interface OperationLogTools extends ArchiveTools {
  /** Returns a number from 0 to 1. */
  readonly random: () => number
  readonly retries?: RetryPolicy
}

/** Who takes work up, and why. */
export interface TakenUp {
  /** Whether nobody asked for this try: then those that failed before count. */
  readonly isAutomatic?: boolean | undefined
  /** Who runs it: `release` makes it due again when that is gone. */
  readonly runner?: string | undefined
}

export class OperationLog {
  readonly #wal: WriteAheadLog
  readonly #tools: OperationLogTools
  readonly #held: HeldOperations
  readonly #watchers = new Set<(record: OperationRecord) => void>()
  readonly #archive: OperationArchive

  private constructor(
    wal: WriteAheadLog,
    tools: OperationLogTools,
    held: HeldOperations,
    from: number
  ) {
    // prettier-ignore
    this.#wal = wal
    this.#tools = tools
    this.#held = held
    this.#archive = new OperationArchive(wal, tools, held, from, (one) => this.#append(one))
  }

  /** Replays a log. What was running when its process died is pending again. @throws CORRUPT_FORMAT. */
  static async open(wal: WriteAheadLog, tools: OperationLogTools): Promise<OperationLog> {
    const folder = archiveFolder(wal.folder)
    for (const name of ifPresent(() => readdirSync(folder)) ?? [])
      if (name.endsWith('.tmp')) rmSync(join(folder, name), { force: true })
    const from = replayFrom(wal.folder)
    const held = new HeldOperations()
    for (const { record, lsn } of replay(wal.read(from)).values())
      held.add({ record, durable: record, lsn, writing: 0 })
    const opened = new OperationLog(wal, tools, held, from)
    await wal.prune()
    // Written, so that whoever reads the log sees the same.
    await opened.release()
    opened.#archive.archiveIfMany()
    return opened
  }

  /** Logs a new operation, which is pending. */
  begin(wanted: NewOperation): Promise<OperationRecord> {
    const held = this.#new(wanted)
    return this.#write(held, held.record)
  }

  /**
   * Takes work up, which runs then: by the operation on the same copy that waits for another try or has
   * failed, or by a new one. What this leaves nothing to do for is given up.
   */
  async take(
    wanted: NewOperation,
    { isAutomatic, runner }: TakenUp = {}
  ): Promise<OperationRecord> {
    const held = this.#held.carriedOnBy(wanted) ?? this.#new(wanted)
    const { retry_count, parameters } = held.record
    held.runner = runner
    const taken = this.#change(held, {
      status: 'running',
      next_retry_at: null,
      completed_at: null,
      retry_count: isAutomatic === true ? retry_count : 0,
      max_retries: wanted.max_retries ?? this.#retries.tries,
      parameters: { ...parameters, ...wanted.parameters }
    })
    await Promise.all([taken, ...this.#giveUp(held.record, isEndedByBeginning)])
    return await taken
  }

  get #retries(): RetryPolicy {
    return this.#tools.retries ?? RETRY_POLICY
  }

  /** Has a new one in memory alone. */
  #new(wanted: NewOperation): Held {
    const id = toHex(randomBytes(8))
    const record = newRecord(id, wanted, this.#tools.clock.now(), this.#retries.tries)
    const held: Held = { record, durable: undefined, lsn: 0, writing: 0 }
    this.#held.add(held)
    return held
  }

  /** Gives up what waits or has failed, and has nothing to do any more because of another one. */
  #giveUp(
    by: OperationRecord,
    isEnded: (waiting: OperationRecord, by: OperationRecord) => boolean
  ): Promise<OperationRecord>[] {
    const needless = this.#held
      .open(by)
      .filter(({ record }) => record.operation_id !== by.operation_id && isEnded(record, by))
    const state = this.#cancelled(replacedBy(by.operation_id))
    return needless.map((held) => this.#change(held, state))
  }

  #cancelled(error?: string): Partial<OperationRecord> {
    const completed_at = this.#tools.clock.now()
    const why = error === undefined ? {} : { error }
    return { status: 'cancelled', next_retry_at: null, completed_at, ...why }
  }

  /**
   * Makes what runs due again, as whoever ran it is gone.
   * @param runner by default all who ran something.
   */
  async release(runner?: string): Promise<void> {
    const left = this.#held
      .all()
      .filter((held) => held.record.status === 'running' && (runner === undefined || held.runner === runner)) // prettier-ignore
    await Promise.all(left.map((held) => this.#change(held, { status: 'pending', next_retry_at: null }))) // prettier-ignore
  }

  /** Logs that an operation is tried now. @throws INVALID_ARGUMENT for one that is not pending. */
  async start(id: string): Promise<OperationRecord> {
    const held = this.#find(id)
    if (held.record.status !== 'pending') throw notNow(held.record, 'started')
    return await this.#change(held, { status: 'running', next_retry_at: null })
  }

  /** Logs that an operation is done. One that was cancelled meanwhile stays so. */
  async complete(id: string, result: OperationResult | null): Promise<OperationRecord> {
    const held = this.#find(id)
    const done = this.#end(id, { status: 'completed', result, error: null, error_type: null })
    const others = held.record.status === 'completed' ? this.#giveUp(held.record, isEndedByEnd) : []
    await Promise.all([done, ...others])
    return await done
  }

  /**
   * Logs that a try failed. It is pending again for a later try, or failed where there are no more,
   * or where a later one would fail as well. One that was only interrupted is due at once, and has not failed.
   */
  async fail(id: string, cause: unknown): Promise<OperationRecord> {
    const { record } = this.#find(id)
    const { code, message } = toKitError(cause)
    const said = { error: message, error_type: ERROR_CODES[code].type }
    if (code === 'ABORTED') return await this.#end(id, { ...said, status: 'pending' })
    const retry_count = record.retry_count + 1
    if (!isWorthAnother(code) || retry_count >= record.max_retries)
      return await this.#end(id, { ...said, retry_count, status: 'failed' })
    const { clock, random } = this.#tools
    const next_retry_at = clock.now() + waitAfter(this.#retries, retry_count, random())
    return await this.#end(id, { ...said, retry_count, status: 'pending', next_retry_at })
  }

  /**
   * Makes operations that failed, were cancelled or wait for their next try due, from the first try on.
   * @throws INVALID_ARGUMENT for any other; PATH_NOT_FOUND: then nothing is done.
   */
  async retry(...ids: readonly string[]): Promise<readonly OperationRecord[]> {
    const state = { status: 'pending', retry_count: 0, next_retry_at: null, completed_at: null } as const // prettier-ignore
    return await this.#changeAll(ids, isRetriable, 'retried', state)
  }

  /**
   * Gives operations up. A running one is told of by `watch`, and may have had its effect.
   * @throws INVALID_ARGUMENT for one that is finished; PATH_NOT_FOUND: then nothing is done.
   */
  async cancel(...ids: readonly string[]): Promise<readonly OperationRecord[]> {
    return await this.#changeAll(ids, isCancellable, 'cancelled', this.#cancelled())
  }

  async #changeAll(
    ids: readonly string[],
    isMeant: (record: OperationRecord) => boolean,
    what: string,
    state: Partial<OperationRecord>
  ): Promise<readonly OperationRecord[]> {
    const all = [...new Set(ids)].map((id) => this.#find(id))
    for (const { record } of all) if (!isMeant(record)) throw notNow(record, what)
    return await Promise.all(all.map((held) => this.#change(held, state)))
  }

  /** Returns the pending operations whose time has come, those that wait longest first. */
  due(now: number): OperationRecord[] {
    return this.list({ status: 'pending' })
      .filter(({ next_retry_at: at }) => at === null || at <= now)
      .sort((a, b) => a.updated_at - b.updated_at)
  }

  /** Returns who runs an operation, where that is known. */
  runnerOf(id: string): string | undefined {
    return this.#held.byId(id)?.runner
  }

  /** Returns an operation; undefined for one that is archived, or never was. */
  byId(id: string): OperationRecord | undefined {
    return this.#held.byId(id)?.record
  }

  /** Lists what is not archived, in the order in which it was begun. */
  list(filter: OperationFilter = {}): OperationRecord[] {
    return this.#held
      .all()
      .map(({ record }) => record)
      .filter((record) => isWanted(record, filter))
  }

  /** Calls a listener with each durable new state. @returns a function that ends this. */
  watch(listener: (record: OperationRecord) => void): () => void {
    this.#watchers.add(listener)
    return () => this.#watchers.delete(listener)
  }

  #find(id: string): Held {
    const held = this.#held.byId(id)
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
   * in the order of the calls. After one that cannot be written memory has what is durable.
   */
  async #write(held: Held, record: OperationRecord): Promise<OperationRecord> {
    this.#held.set(held, record)
    try {
      await this.#append(held)
    } catch (error) {
      if (held.writing === 0) this.#restore(held)
      throw error
    }
    for (const listener of this.#watchers) listener(record)
    this.#archive.archiveIfMany()
    return record
  }

  #restore(held: Held): void {
    if (held.durable === undefined) this.#held.remove(held)
    else this.#held.set(held, held.durable)
  }

  async #append(held: Held): Promise<void> {
    const { record } = held
    held.writing++
    try {
      held.lsn = await this.#wal.append(OPERATION, encodeOperation(record))
      held.durable = record
    } finally {
      held.writing--
    }
  }

  /** Archives what is finished. @throws as OperationArchive. */
  archive(): Promise<void> {
    return this.#archive.archive()
  }

  /** Waits for an archive that is being written. The log itself is closed by its owner. */
  async close(): Promise<void> {
    await this.#archive.close()
  }
}

const notNow = ({ operation_id, status }: OperationRecord, what: string): KitError =>
  new KitError('INVALID_ARGUMENT', `operation ${operation_id} is ${status}, and cannot be ${what}`)
