/**
 * The backends together: who is asked first, who next, and what it means when none has it.
 * "Missing" is only what every backend says; one that did not answer may have had it.
 */
import type { Cid } from '../core/cid.js'
import { isKitError, KitError, toKitError } from '../core/errors.js'
import { facetOf, type Capability } from '../../backends/facets/facets.js'
import { LOST_RACE, type Metered } from '../../backends/wrap/metered.js'

/** A backend, and how it is to be used. */
export interface Member {
  readonly backend: Metered
  /** The least first; those of equal priority by what they take to answer. */
  readonly priority: number
  /** What it was made of: the same where nothing has changed. */
  readonly key: string
}

export interface Found {
  readonly block: Uint8Array
  /** Who had it. */
  readonly backend: string
}

/** How long the first is waited for before the next one is asked too: its usual time, thrice. */
const HEDGE_FACTOR = 3
const MIN_HEDGE_MS = 100
const FIRST_HEDGE_MS = 1000
/** A backend never asked is taken for this fast, so that it is tried. */
const UNKNOWN_MS = 20

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

  /** Backends in the order in which they are asked: those that are down last. */
  order(): Metered[] {
    const speed = ({ averageMs }: Metered): number => averageMs ?? UNKNOWN_MS
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
   * The verified block of a CID, from whoever has it.
   * @throws BLOCK_NOT_FOUND when all say that they have it not; else, when it is not known,
   * BACKEND_UNAVAILABLE, TIMEOUT or INTEGRITY, naming what each said.
   */
  async getBlock(cid: Cid, signal: AbortSignal): Promise<Found> {
    const order = this.order()
    if (order.length === 0)
      throw new KitError('BLOCK_NOT_FOUND', `block ${cid} is not here, and no backend is in use`)
    if (signal.aborted) throw signal.reason
    return await this.#race(cid, order, signal)
  }

  /** Ask one after the other; the next one too when the last does not answer in its usual time. */
  #race(cid: Cid, order: readonly Metered[], signal: AbortSignal): Promise<Found> {
    // Only who asks several at once has some to call back.
    const end = order.length === 1 ? undefined : new AbortController()
    const passOn = (): void => end?.abort(signal.reason)
    if (end !== undefined) signal.addEventListener('abort', passOn, { once: true })
    const result = new Promise<Found>((resolve, reject) => {
      const failures: { readonly backend: Metered; readonly error: KitError }[] = []
      let next = 0
      let timer: NodeJS.Timeout | undefined
      const ask = (): void => {
        clearTimeout(timer)
        const backend = order[next++]
        if (backend === undefined) return
        if (next < order.length) timer = setTimeout(ask, hedgeMs(backend))
        blockFrom(backend, cid, end?.signal ?? signal).then(
          (block) => {
            clearTimeout(timer)
            resolve({ block, backend: backend.name })
          },
          (error: unknown) => {
            if (signal.aborted) {
              clearTimeout(timer)
              reject(signal.reason as Error)
              return
            }
            failures.push({ backend, error: toKitError(error) })
            if (next < order.length) ask()
            else if (failures.length === order.length) reject(verdict(cid, failures))
          }
        )
      }
      ask()
    })
    if (end === undefined) return result
    return result.finally(() => {
      signal.removeEventListener('abort', passOn)
      end.abort(LOST_RACE)
    })
  }

  /** The first backend that can do something, and is not down. */
  capable(capability: Capability): Metered | undefined {
    return this.order().find(
      (backend) => !backend.isDown && backend.facets[capability] !== undefined
    )
  }

  named(name: string): Metered | undefined {
    return this.#members.find(({ backend }) => backend.name === name)?.backend
  }

  async close(): Promise<void> {
    await Promise.all(this.#members.map(({ backend }) => backend.close()))
  }
}

/** A backend that gives no blocks rejects with UNSUPPORTED, as one that fails does. */
const blockFrom = async (backend: Metered, cid: Cid, signal: AbortSignal): Promise<Uint8Array> =>
  await facetOf(backend, 'blockReader').getBlock(cid, { signal })

const hedgeMs = ({ averageMs }: Metered): number =>
  averageMs === undefined ? FIRST_HEDGE_MS : Math.max(MIN_HEDGE_MS, averageMs * HEDGE_FACTOR)

function verdict(
  cid: Cid,
  failures: readonly { readonly backend: Metered; readonly error: KitError }[]
): KitError {
  const said = failures.map(({ backend, error }) => `${backend.name}: ${error.message}`).join('; ')
  const unknown = failures.find(({ error }) => !isKitError(error, 'BLOCK_NOT_FOUND'))
  if (unknown === undefined)
    return new KitError('BLOCK_NOT_FOUND', `no backend has block ${cid} (${said})`)
  const late = failures.every(({ error }) => error.code === 'TIMEOUT')
  const { code } = unknown.error
  const verdictCode = late ? 'TIMEOUT' : code === 'INTEGRITY' ? 'INTEGRITY' : 'BACKEND_UNAVAILABLE'
  return new KitError(verdictCode, `block ${cid} cannot be had now (${said})`)
}
