/**
 * Carries work on backends out: each piece is an operation in the log, and changes the mapping of a pin
 * on one backend. Backends are worked on side by side, so that a slow one holds up itself alone.
 */
import { Semaphore } from '../core/semaphore.js'
import { KitError, toKitError } from '../core/errors.js'
import type { ArchiveBlocks } from '../content/archive-blocks.js'
import { archiveName, putOf, type Mapping, type OwnMetadata } from '../pins/mapping.js'
import type { Kept } from '../pins/pin-target.js'
import type { OperationType } from '../wal/operation-record.js'
import type { PinBackends } from './pin-backends.js'
import type { PinJournal } from './pin-journal.js'
import type { Run } from './run.js'

/** Transfers with one backend at a time. */
const AT_ONCE = 16

/** What became of a mapping. */
export interface PinOutcome {
  readonly cid: string
  readonly backend: string
  /** `removed` where it is no more; `unknown` where the backend could not be asked. */
  readonly status: Mapping['status'] | 'removed' | 'unknown'
  /** Bytes on the backend; null where that is not known. */
  readonly size: number | null
  /** What failed, or what the backend says of a pin that is pending; null for nothing. */
  readonly details: string | null
  readonly error: KitError | null
}

/** The work on one mapping: what is done, and what its mapping is afterwards. */
type Work = (mapping: Mapping) => Promise<Mapping | 'removed'>

export class PinTransfers {
  readonly #backends: PinBackends
  readonly #journal: PinJournal
  readonly #run: Run
  readonly #turns = new Map<string, Semaphore>()
  /** Bytes of the transfers that have begun. */
  #total = 0

  constructor(backends: PinBackends, journal: PinJournal, run: Run) {
    this.#backends = backends
    this.#journal = journal
    this.#run = run
  }

  /** Stores pins, each from `blocks`. */
  store(
    mappings: readonly Mapping[],
    blocks: ArchiveBlocks,
    type: OperationType = 'store'
  ): Promise<PinOutcome[]> {
    return this.#all(mappings, type, async (mapping) => {
      const target = await this.#backends.target(mapping.backend)
      const stored = await target.store(mapping, blocks, this.#options('storing'))
      return kept(mapping, stored, { blocks: stored.blocks, stored_at: new Date().toISOString() })
    })
  }

  /**
   * Looks whether pins are there, and hashes them too where `readData` says so. One that failed before
   * is believed again only when it was hashed.
   */
  verify(mappings: readonly Mapping[], readData: boolean): Promise<PinOutcome[]> {
    return this.#all(mappings, 'verify', async (mapping) => {
      const target = await this.#backends.finder(mapping.backend)
      const found = await target.find(mapping, this.#options('verifying'))
      if (found === undefined) throw missing(mapping)
      checkSize(mapping, found)
      if (mapping.status === 'failed' && !readData) throw stillFailed(mapping)
      if (readData) await target.check(mapping, this.#options('verifying'))
      const verified = new Date().toISOString()
      return kept(mapping, found, { verified_at: verified, read_data: readData })
    })
  }

  /** Removes pins from their backends, and their mappings. */
  remove(mappings: readonly Mapping[]): Promise<PinOutcome[]> {
    const leaving = mappings.map((mapping) => ({
      ...mapping,
      own: { ...mapping.own, is_leaving: true }
    }))
    return this.#all(leaving, 'remove', async (mapping) => {
      const target = await this.#backends.target(mapping.backend)
      await target.remove(mapping, this.#options('removing'))
      return 'removed'
    })
  }

  #options(what: string) {
    const { signal, progress } = this.#run
    return {
      signal,
      onTotal: (bytes: number) => void (this.#total += bytes),
      onBytes: (bytes: number) =>
        progress({ what, bytes, ...(this.#total === 0 ? {} : { total: this.#total }) })
    }
  }

  async #all(mappings: readonly Mapping[], type: OperationType, work: Work): Promise<PinOutcome[]> {
    return await Promise.all(
      mappings.map((mapping) =>
        this.#turnsOf(mapping.backend).run(1, () => this.#one(mapping, type, work))
      )
    )
  }

  #turnsOf(backend: string): Semaphore {
    let turns = this.#turns.get(backend)
    if (turns === undefined) this.#turns.set(backend, (turns = new Semaphore(AT_ONCE)))
    return turns
  }

  async #one(mapping: Mapping, type: OperationType, work: Work): Promise<PinOutcome> {
    const { signal } = this.#run
    signal.throwIfAborted()
    const begun = { ...mapping, status: type === 'verify' ? mapping.status : 'pending' } as const
    const id = await this.#journal.record({
      begin: operationOn(begun, type),
      change: type === 'verify' ? undefined : putOf(begun)
    })
    try {
      const after = await work(begun)
      return await this.#done(id!, begun, after)
    } catch (error) {
      return await this.#failed(id!, begun, type, toKitError(error))
    }
  }

  async #done(id: string, mapping: Mapping, after: Mapping | 'removed'): Promise<PinOutcome> {
    const { cid, backend } = mapping
    const isGone = after === 'removed'
    const size = isGone ? null : (after.own.size ?? null)
    await this.#journal.record({
      end: { id, result: { cid, size, destination: mapping.carPath }, error: null },
      change: isGone ? { backend, cid, row: null } : putOf(after)
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
    const own: OwnMetadata = {
      ...mapping.own,
      attempts: (mapping.own.attempts ?? 0) + 1,
      last_error: error.message
    }
    const failed: Mapping = { ...mapping, status: isUnknown ? mapping.status : 'failed', own }
    await this.#journal.record({
      end: { id, result: null, error: { code: error.code, message: error.message } },
      change: putOf(failed)
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

const operationOn = (mapping: Mapping, operation_type: OperationType) => ({
  operation_type,
  backend: mapping.backend,
  parameters: { cid: mapping.cid, destination: mapping.carPath }
})

/** Returns a mapping after its backend was found to have it. */
function kept(mapping: Mapping, found: Kept, more: OwnMetadata): Mapping {
  const { last_error: _, attempts: __, details: ___, ...own } = mapping.own
  return {
    ...mapping,
    status: found.isWhole ? 'stored' : 'pending',
    own: {
      ...own,
      ...(found.size === undefined ? {} : { size: found.size }),
      ...(found.details === '' ? {} : { details: found.details }),
      ...defined(more)
    }
  }
}

const defined = (own: OwnMetadata): OwnMetadata =>
  Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined))

const missing = (mapping: Mapping): KitError =>
  new KitError(
    'PATH_NOT_FOUND',
    `${mapping.backend} does not have ${mapping.cid} (${archiveName(mapping)}); \`ipfs-kit pin heal\` stores it again`
  )

const stillFailed = ({ own, cid, backend }: Mapping): KitError =>
  new KitError(
    'INTEGRITY',
    own.last_error ?? `the copy of ${cid} on ${backend} failed; --read-data looks at every byte`
  )

/** @throws INTEGRITY for an archive of another size than the one that was stored. */
function checkSize(mapping: Mapping, { size }: Kept): void {
  const known = mapping.own.size
  if (known === undefined || size === undefined || known === size) return
  throw new KitError(
    'INTEGRITY',
    `${archiveName(mapping)} on ${mapping.backend} has ${size} bytes, and ${known} were stored; \`ipfs-kit pin heal\` stores it again`
  )
}

const LOSSES: ReadonlySet<string> = new Set([
  'PATH_NOT_FOUND',
  'BLOCK_NOT_FOUND',
  'INTEGRITY',
  'CORRUPT_FORMAT'
])

/** Whether an error means that a copy is not there, or not whole; any other means that nobody knows. */
const isLoss = ({ code }: KitError): boolean => LOSSES.has(code)
