/** Forwards to the owner of a home in another process. */
import { abortController } from '../core/abort.js'
import { KitError } from '../core/errors.js'
import type { FsckReport } from '../store/fsck.js'
import type { GcReport } from '../store/gc.js'
import type { Pin } from '../store/pins.js'
import type { ObjectId } from '../store/ports.js'
import type { IndexPatch } from '../metadata/patch.js'
import type { PinRecord, Recorded } from '../operations/pin-records.js'
import type { OwnerClient } from './owner-client.js'
import type { Attendance, CheckOptions, CheckRun, Owner } from '../operations/owner.js'

/** Changes of the index of one call. */
const PATCHES_PER_CALL = 2000
/** Pins of one call, which keeps its frame below the limit. */
const PINS_PER_CALL = 20_000

export class RpcOwner implements Owner {
  readonly #client: OwnerClient
  #attending = 0
  #isClosed = false

  constructor(client: OwnerClient) {
    this.#client = client
  }

  async publish(
    session: ObjectId,
    pins: readonly Pin[],
    unpinned: readonly string[] = []
  ): Promise<void> {
    const first = { pins: pins.slice(0, PINS_PER_CALL), unpinned: unpinned.slice(0, PINS_PER_CALL) }
    await this.#client.call('publish', { session, ...first })
    await this.addPins(pins.slice(PINS_PER_CALL))
  }

  async addPins(pins: readonly Pin[]): Promise<void> {
    for (let i = 0; i < pins.length; i += PINS_PER_CALL)
      await this.#client.call('addPins', { pins: pins.slice(i, i + PINS_PER_CALL) })
  }

  async removePins(cids: readonly string[]): Promise<void> {
    for (let i = 0; i < cids.length; i += PINS_PER_CALL)
      await this.#client.call('removePins', { cids: cids.slice(i, i + PINS_PER_CALL) })
  }

  collect(signal: AbortSignal): Promise<GcReport> {
    return this.#client.call('collect', {}, { signal })
  }

  survey(signal: AbortSignal): Promise<GcReport> {
    return this.#client.call('survey', {}, { signal })
  }

  check(options: CheckOptions, run: CheckRun): Promise<FsckReport> {
    return this.#client.call('check', options, run)
  }

  async retryOperations(ids: readonly string[]): Promise<void> {
    await this.#client.call('retryOperations', { ids })
  }

  async cancelOperations(ids: readonly string[]): Promise<void> {
    await this.#client.call('cancelOperations', { ids })
  }

  recordPins(records: readonly PinRecord[]): Promise<readonly Recorded[]> {
    return this.#client.call('recordPins', { records })
  }

  /** The connection lasts until this ends, though the owner is closed before. */
  attend(runner: string, onCancelled: (id: string) => void): Attendance {
    this.#attending++
    const leaving = abortController()
    const left = (): void => {
      this.#attending--
      if (this.#isClosed) this.close()
    }
    const ended = this.#client
      .call('runOperations', { runner }, { signal: leaving.signal, progress: onCancelled })
      .then(left, left)
    return { ended, end: () => leaving.abort(new KitError('ABORTED', 'the work is done')) }
  }

  async settlePins(): Promise<void> {
    await this.#client.call('settlePins', {})
  }

  async recordIndex(patches: readonly IndexPatch[]): Promise<void> {
    for (let i = 0; i < patches.length; i += PATCHES_PER_CALL)
      await this.#client.call('recordIndex', { patches: patches.slice(i, i + PATCHES_PER_CALL) })
  }

  async settleIndex(all: boolean): Promise<void> {
    await this.#client.call('settleIndex', { all })
  }

  close(): void {
    this.#isClosed = true
    if (this.#attending === 0) this.#client.close()
  }
}
