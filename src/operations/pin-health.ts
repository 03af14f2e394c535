/** Tells how the copies of pins stand on each backend, by their mappings alone: no backend is asked. */
import { configuredBackends } from '../../backends/configured.js'
import type { Trust } from '../../backends/options.js'
import { inTurns } from '../core/turns.js'
import type { Mapping } from '../pins/mapping.js'
import type { PinMappings } from '../pins/pin-mappings.js'
import { trustOf } from './counting-copies.js'
import { isUnknown } from './found-copy.js'
import { withMappings } from './mappings-view.js'
import type { Operation } from './operation.js'
import { verifiedAt } from './verified-at.js'

export interface CountedReason {
  readonly reason: string
  readonly count: number
}

export interface BackendPins {
  readonly name: string
  readonly type: string
  /** How far copies there are believed in. */
  readonly trust: Trust
  readonly stored: number
  readonly pending: number
  readonly failed: number
  /** Of those that are stored, copies that could not be looked at when that was tried last. */
  readonly unknown: number
  /** Of those that are pending or failed, copies that are to replace one that is stored: nothing lacks them. */
  readonly moving: number
  /** Bytes of the copies that are stored, as far as they are known. */
  readonly bytes: number
  /** ISO 8601 of the copy whose last verification is the oldest; null where one was never verified. */
  readonly oldestVerification: string | null
  /** What failed, by how often; the first few. */
  readonly failures: readonly CountedReason[]
  /** Why copies could not be looked at, by how often; the first few. */
  readonly unknownReasons: readonly CountedReason[]
}

export interface PinHealthResult {
  /** Whether every copy is stored, but those that only move elsewhere, and none is unknown. */
  readonly healthy: boolean
  readonly copies: number
  readonly backends: readonly BackendPins[]
}

/** Reasons that are told for a backend. */
const MAX_REASONS = 5

export const pinHealth: Operation<Record<string, never>, PinHealthResult> = async (
  services,
  _,
  run
) => {
  const types = new Map(configuredBackends(services.home).map(({ name, type }) => [name, type]))
  const trust = trustOf(services.home)
  return await withMappings(services.home, async (mappings) => {
    const backends: BackendPins[] = []
    for (const name of mappings.names) {
      const counts = new BackendCount()
      for await (const mapping of inTurns(mappings.backend(name)!.all(), run.signal))
        counts.add(mapping, isMoving(mapping, mappings))
      backends.push({
        name,
        type: types.get(name) ?? 'unknown',
        trust: trust(name),
        ...counts.figures()
      })
    }
    return {
      healthy: backends.every((backend) => lackingOn(backend) + backend.unknown === 0),
      copies: backends.reduce((sum, { stored, pending, failed }) => sum + stored + pending + failed, 0), // prettier-ignore
      backends
    }
  })
}

/** Number of copies that a backend should have, and has not. */
export const lackingOn = ({ pending, failed, moving }: BackendPins): number =>
  pending + failed - moving

/** Whether a copy is to take the place of one that is stored. */
const isMoving = ({ cid, status, own }: Mapping, mappings: PinMappings): boolean =>
  status !== 'stored' &&
  own.replaces !== undefined &&
  mappings.of(cid).some((one) => one.backend === own.replaces && one.status === 'stored')

class BackendCount {
  readonly #counts = { stored: 0, pending: 0, failed: 0, unknown: 0, moving: 0 }
  readonly #failures = new Reasons()
  readonly #unknown = new Reasons()
  #bytes = 0
  #oldest: string | null | undefined

  add(mapping: Mapping, isMoving: boolean): void {
    const { status, own } = mapping
    this.#counts[status]++
    if (isMoving) this.#counts.moving++
    if (status === 'stored') {
      this.#bytes += own.size ?? 0
      const verified = verifiedAt(mapping)
      if (this.#oldest === undefined || verified === null) this.#oldest = verified
      else if (this.#oldest !== null && verified < this.#oldest) this.#oldest = verified
    }
    if (status === 'failed') this.#failures.add(mapping)
    if (!isUnknown(mapping)) return
    this.#counts.unknown++
    this.#unknown.add(mapping)
  }

  figures(): Omit<BackendPins, 'name' | 'type' | 'trust'> {
    return {
      ...this.#counts,
      bytes: this.#bytes,
      oldestVerification: this.#oldest ?? null,
      failures: this.#failures.first(),
      unknownReasons: this.#unknown.first()
    }
  }
}

class Reasons {
  readonly #counts = new Map<string, number>()

  add({ own, cid }: Mapping): void {
    if (own.last_error === undefined) return
    // The same failure of many pins is one reason.
    const reason = own.last_error.replaceAll(cid, 'CID')
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1)
  }

  /** Returns the most frequent ones. */
  first(): CountedReason[] {
    return [...this.#counts]
      .map(([reason, count]) => ({ reason, count }))
      .sort((a, b) => b.count - a.count)
      .slice(0, MAX_REASONS)
  }
}
