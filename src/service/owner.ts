/** What the owner of a home does for everybody: publishes, pins, collects, checks. */
import type { GcReport } from '../store/gc.js'
import type { FsckReport } from '../store/fsck.js'
import type { Pin } from '../store/pins.js'
import type { ObjectId } from '../store/ports.js'
import type { Progress, RpcClient } from './rpc.js'

export interface Owner {
  /** Make a finished session visible and pin its roots, durably. */
  publish(session: ObjectId, pins: readonly Pin[]): Promise<void>
  addPins(pins: readonly Pin[]): Promise<void>
  removePins(cids: readonly string[]): Promise<void>
  collect(): Promise<GcReport>
  check(options: { readData: boolean; repair: boolean }, progress: Progress): Promise<FsckReport>
  /** Let go of the home, or of the connection to its owner. */
  close(): void
}

/** The owner in another process, over its socket. */
export class RpcOwner implements Owner {
  readonly #client: RpcClient

  constructor(client: RpcClient) {
    this.#client = client
  }

  async publish(session: ObjectId, pins: readonly Pin[]): Promise<void> {
    await this.#client.call('publish', { session, pins })
  }

  async addPins(pins: readonly Pin[]): Promise<void> {
    await this.#client.call('pins.add', { pins })
  }

  async removePins(cids: readonly string[]): Promise<void> {
    await this.#client.call('pins.remove', { cids })
  }

  async collect(): Promise<GcReport> {
    return (await this.#client.call('gc', {})) as GcReport
  }

  async check(
    options: { readData: boolean; repair: boolean },
    progress: Progress
  ): Promise<FsckReport> {
    return (await this.#client.call('fsck', options, progress)) as FsckReport
  }

  close(): void {
    this.#client.close()
  }
}
