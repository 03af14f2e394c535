/** Forwards to the owner of a home in another process. */
import type { FsckReport } from '../store/fsck.js'
import type { GcReport } from '../store/gc.js'
import type { Pin } from '../store/pins.js'
import type { ObjectId } from '../store/ports.js'
import type { OwnerClient } from './owner-client.js'
import type { CheckOptions, CheckRun, Owner } from '../operations/owner.js'

export class RpcOwner implements Owner {
  readonly #client: OwnerClient

  constructor(client: OwnerClient) {
    this.#client = client
  }

  async publish(session: ObjectId, pins: readonly Pin[]): Promise<void> {
    await this.#client.call('publish', { session, pins })
  }

  async addPins(pins: readonly Pin[]): Promise<void> {
    await this.#client.call('addPins', { pins })
  }

  async removePins(cids: readonly string[]): Promise<void> {
    await this.#client.call('removePins', { cids })
  }

  collect(signal: AbortSignal): Promise<GcReport> {
    return this.#client.call('collect', {}, { signal })
  }

  check(options: CheckOptions, run: CheckRun): Promise<FsckReport> {
    return this.#client.call('check', options, run)
  }

  close(): void {
    this.#client.close()
  }
}
