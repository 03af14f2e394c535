/**
 * Holds the backends in use and the order in which they are asked. A block counts as missing only
 * when every backend says so: a backend that did not answer may have had it.
 */
import type { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import type { Capability } from '../../backends/facets/facets.js'
import type { Metered } from '../../backends/wrap/metered.js'
import { hedgedBlock, type Found } from './hedging.js'

/** A backend with its place in the order. */
export interface Member {
  readonly backend: Metered
  /** Backends with a lower priority are asked first; among equal ones, the faster. */
  readonly priority: number
  /** Identifies the configuration: equal keys mean that nothing has changed. */
  readonly key: string
}

/** Latency assumed for a backend that was never asked, low enough that it is tried early. */
const ASSUMED_MS = 20

export class BackendPool {
  readonly #members: readonly Member[]

  constructor(members: readonly Member[]) {
    this.#members = members
  }

  get members(): readonly Member[] {
    return this.#members
  }

  get isEmpty(): boolean {
    return this.#members.length === 0
  }

  /** Returns the backends in the order in which they are asked, those that are down last. */
  order(): Metered[] {
    const speed = ({ averageMs }: Metered): number => averageMs ?? ASSUMED_MS
    return [...this.#members]
      .sort(
        (a, b) =>
          Number(a.backend.isDown) - Number(b.backend.isDown) ||
          a.priority - b.priority ||
          speed(a.backend) - speed(b.backend)
      )
      .map(({ backend }) => backend)
  }

  /**
   * Returns the verified block of a CID and the name of the backend that had it.
   * @throws BLOCK_NOT_FOUND when no backend has it; BACKEND_UNAVAILABLE, TIMEOUT or INTEGRITY when
   * that is not known, naming each backend's message; the signal's reason.
   */
  async getBlock(cid: Cid, signal: AbortSignal): Promise<Found> {
    const order = this.order()
    if (order.length === 0)
      throw new KitError('BLOCK_NOT_FOUND', `block ${cid} is not here, and no backend is in use`)
    if (signal.aborted) throw signal.reason
    return await hedgedBlock(cid, order, signal)
  }

  /** Returns the first backend that offers a facet and is not down. */
  capable(capability: Capability): Metered | undefined {
    return this.order().find(
      (backend) => !backend.isDown && backend.facets[capability] !== undefined
    )
  }

  /** Returns the backend of that name, if it is in use. */
  named(name: string): Metered | undefined {
    return this.#members.find(({ backend }) => backend.name === name)?.backend
  }

  async close(): Promise<void> {
    await Promise.all(this.#members.map(({ backend }) => backend.close()))
  }
}
