/**
 * Carries work on backends out: each piece is an operation in the log, and changes the mapping of a pin
 * on one backend. Backends are worked on side by side, so that a slow one holds up itself alone.
 */
import { abortController, onAbort } from '../core/abort.js'
import { Semaphore } from '../core/semaphore.js'
import { KitError, toKitError } from '../core/errors.js'
import { isCid } from '../content/cid-path.js'
import type { ArchiveBlocks } from '../content/archive-blocks.js'
import { putOf, type Mapping, type OwnMetadata } from '../pins/mapping.js'
import type { Refusal } from '../pins/admission.js'
import type { LeftBehind } from '../pins/placement.js'
import type { OperationType } from '../wal/operation-record.js'
import { checkNamed, checkSize, foundMapping, isLoss, missing, stillFailed } from './found-copy.js'
import type { PinBackends } from './pin-backends.js'
import type { PinJournal } from './pin-journal.js'
import { asRead, copyKey, leaving, outcomeOf, type Kept, type PinOutcome, type Planned, type Removal, type Removed } from './pin-outcome.js' // prettier-ignore
import type { Run } from './run.js'

/** Transfers with one backend at a time. */
const AT_ONCE = 16

/** A kind of work on copies: what is done with one, and what its mapping is afterwards. */
interface Work {
  readonly type: OperationType
  readonly run: (mapping: Mapping, options: TransferOptions) => Promise<Mapping | 'removed'>
}

interface TransferOptions {
  readonly signal: AbortSignal
  readonly onTotal: (bytes: number) => void
  readonly onBytes: (bytes: number) => void
}

export class PinTransfers {
  readonly #backends: PinBackends
  readonly #journal: PinJournal
  readonly #run: Run
  readonly #isAutomatic: boolean
  readonly #turns = new Map<string, Semaphore>()
  /** Bytes of the transfers that have begun. */
  #total = 0

  /** @param isAutomatic whether nobody asked for the work. */
  constructor(backends: PinBackends, journal: PinJournal, run: Run, isAutomatic = false) {
    this.#isAutomatic = isAutomatic
    this.#backends = backends
    this.#journal = journal
    this.#run = run
  }

  get signal(): AbortSignal {
    return this.#run.signal
  }

  /** Stores pins, each from `blocks`. */
  store(
    planned: readonly Planned[],
    blocks: ArchiveBlocks,
    type: OperationType = 'store'
  ): Promise<PinOutcome[]> {
    const run: Work['run'] = async (mapping, options) => {
      checkNamed(mapping)
      const target = await this.#backends.target(mapping.backend)
      const stored = await target.store(mapping, blocks, options)
      return foundMapping(mapping, stored, {
        blocks: stored.blocks,
        stored_at: new Date().toISOString()
      })
    }
    return this.#all(planned, { type, run })
  }

  /**
   * Looks whether pins are there, and hashes them too where `readData` says so. One that failed before
   * is believed again only when it was hashed.
   */
  verify(mappings: readonly Mapping[], readData: boolean): Promise<PinOutcome[]> {
    const run: Work['run'] = async (mapping, options) => {
      checkNamed(mapping)
      const target = await this.#backends.finder(mapping.backend)
      const found = await target.find(mapping, options)
      if (found === undefined) throw missing(mapping)
      checkSize(mapping, found)
      if (mapping.status === 'failed' && !readData) throw stillFailed(mapping)
      if (readData) await target.check(mapping, options)
      const verified = new Date().toISOString()
      return foundMapping(mapping, found, { verified_at: verified, read_data: readData })
    }
    return this.#all(mappings.map(asRead), { type: 'verify', run })
  }

  /** Removes pins from their backends, and their mappings. What must be left is looked at by the owner of the home, as each one begins. */
  async remove(removals: readonly Removal[]): Promise<Removed> {
    const needed: Kept[] = []
    const run: Work['run'] = async (mapping, options) => {
      // Whose a file is that an older installation recorded under an invented CID, nobody knows: it stays.
      if (!isCid(mapping.cid)) return 'removed'
      const target = await this.#backends.target(mapping.backend)
      await target.remove(mapping, options)
      return 'removed'
    }
    const lefts = new Map(removals.map((removal) => [removal.mapping, removal.left]))
    const copies = await this.#all(
      removals.map(leaving),
      { type: 'remove', run },
      {
        left: ({ base }) => lefts.get(base!),
        onRefused: ({ base }, { reason }) => needed.push({ mapping: base!, reason })
      }
    )
    const names = new Set(needed.map(({ mapping }) => copyKey(mapping)))
    return { copies: copies.filter((copy) => !names.has(copyKey(copy))), kept: needed }
  }

  #options(what: string, signal: AbortSignal): TransferOptions {
    const { progress } = this.#run
    return {
      signal,
      onTotal: (bytes: number) => void (this.#total += bytes),
      onBytes: (bytes: number) =>
        progress({ what, bytes, ...(this.#total === 0 ? {} : { total: this.#total }) })
    }
  }

  /** Ends when no piece runs any more: the first one that throws ends all. */
  async #all(planned: readonly Planned[], work: Work, guard: Guard = {}): Promise<PinOutcome[]> {
    const halt = abortController()
    const stop = onAbort(this.#run.signal, () => halt.abort(this.#run.signal.reason))
    if (this.#run.signal.aborted) halt.abort(this.#run.signal.reason)
    const one = async (piece: Planned): Promise<PinOutcome> => {
      try {
        return await this.#one(piece, work, guard, halt.signal)
      } catch (error) {
        halt.abort(error)
        throw error
      }
    }
    const turns = planned.map((piece) =>
      this.#turnsOf(piece.mapping.backend).run(1, () => one(piece), halt.signal)
    )
    const ended = await Promise.allSettled(turns)
    stop()
    if (ended.some(({ status }) => status === 'rejected')) throw halt.signal.reason
    return await Promise.all(turns)
  }

  #turnsOf(backend: string): Semaphore {
    let turns = this.#turns.get(backend)
    if (turns === undefined) this.#turns.set(backend, (turns = new Semaphore(AT_ONCE)))
    return turns
  }

  async #one(
    planned: Planned,
    { type, run }: Work,
    { left, onRefused }: Guard,
    signal: AbortSignal
  ): Promise<PinOutcome> {
    signal.throwIfAborted()
    const { mapping, base } = planned
    const begun = { ...mapping, status: type === 'verify' ? mapping.status : 'pending' } as const
    const recorded = await this.#journal.record({
      begin: operationOn(begun, type),
      isAutomatic: this.#isAutomatic,
      change: type === 'verify' ? undefined : putOf(begun),
      base: base === null ? { ...putOf(begun), row: null } : putOf(base),
      left: left?.(planned)
    })
    if (recorded !== null && typeof recorded === 'object') {
      if (recorded.isNeeded) onRefused?.(planned, recorded)
      return outcomeOf(mapping, recorded)
    }
    try {
      const after = await this.#unlessCancelled(recorded!, signal, (either) =>
        run(begun, this.#options(WORDS[type], either))
      )
      return await this.#done(recorded!, begun, after)
    } catch (error) {
      return await this.#failed(recorded!, begun, type, toKitError(error))
    }
  }

  /** @throws BUSY for work whose operation is given up meanwhile, which ends no other. */
  async #unlessCancelled<T>(
    id: string,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>
  ): Promise<T> {
    const halt = abortController()
    const given = new KitError('BUSY', `operation ${id} was given up by \`ipfs-kit wal cancel\``)
    const stops = [
      onAbort(signal, () => halt.abort(signal.reason)),
      this.#journal.onCancelled(id, () => halt.abort(given))
    ]
    try {
      return await work(halt.signal)
    } catch (error) {
      throw halt.signal.reason === given ? given : error
    } finally {
      for (const stop of stops) stop()
    }
  }

  async #done(id: string, mapping: Mapping, after: Mapping | 'removed'): Promise<PinOutcome> {
    const { cid, backend } = mapping
    const isGone = after === 'removed'
    const size = isGone ? null : (after.own.size ?? null)
    await this.#journal.record({
      end: { id, result: { cid, size, destination: mapping.carPath }, error: null },
      change: isGone ? { backend, cid, row: null } : putOf(after),
      base: putOf(mapping)
    })
    const details = isGone ? null : (after.own.details ?? null)
    return { cid, backend, status: isGone ? 'removed' : after.status, size, details, error: null }
  }

  async #failed(
    id: string,
    mapping: Mapping,
    type: OperationType,
    error: KitError
  ): Promise<PinOutcome> {
    const { cid, backend } = mapping
    // Whoever cannot be asked may well have it: only what a backend says changes what is believed.
    const isUnknown = type === 'verify' && !isLoss(error)
    // One that was interrupted says nothing at all.
    const isCut = isUnknown && (error.code === 'ABORTED' || error.code === 'BUSY')
    const own: OwnMetadata = {
      ...mapping.own,
      attempts: (mapping.own.attempts ?? 0) + 1,
      last_error: error.message
    }
    const failed: Mapping = { ...mapping, status: isUnknown ? mapping.status : 'failed', own }
    await this.#journal.record({
      end: { id, result: null, error: { code: error.code, message: error.message } },
      ...(isCut ? {} : { change: putOf(failed), base: putOf(mapping) })
    })
    if (error.code === 'ABORTED') throw error
    return {
      cid,
      backend,
      status: isUnknown ? 'unknown' : 'failed',
      size: mapping.own.size ?? null,
      details: error.message,
      error
    }
  }
}

/** What the owner is asked before a removal begins. */
interface Guard {
  readonly left?: (planned: Planned) => LeftBehind | undefined
  readonly onRefused?: (planned: Planned, refusal: Refusal) => void
}

const WORDS: Readonly<Record<OperationType, string>> = {
  store: 'storing',
  replicate: 'storing',
  heal: 'storing',
  move: 'storing',
  verify: 'verifying',
  remove: 'removing'
}

const operationOn = (mapping: Mapping, operation_type: OperationType) => ({
  operation_type,
  backend: mapping.backend,
  parameters: { cid: mapping.cid, destination: mapping.carPath }
})
