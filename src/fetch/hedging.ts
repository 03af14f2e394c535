/**
 * One request to several backends: the next backend is asked too when the last one is slower than
 * it usually is. The first answer wins, and the others are cancelled.
 */
import type { Cid } from '../core/cid.js'
import { isKitError, KitError, toKitError } from '../core/errors.js'
import { facetOf } from '../../backends/facets/facets.js'
import { LOST_RACE, type Metered } from '../../backends/wrap/metered.js'

export interface Found {
  readonly block: Uint8Array
  /** Name of the backend that had it. */
  readonly backend: string
}

interface Failure {
  readonly backend: Metered
  readonly error: KitError
}

/** A backend is waited for this many times as long as it usually takes. */
const HEDGE_FACTOR = 3
const MIN_HEDGE_MS = 100
/** For a backend that has not answered yet. */
const FIRST_HEDGE_MS = 1000

const hedgeMs = ({ averageMs }: Metered): number =>
  averageMs === undefined ? FIRST_HEDGE_MS : Math.max(MIN_HEDGE_MS, averageMs * HEDGE_FACTOR)

/**
 * Asks the backends in the order given.
 * @param order at least one.
 * @throws BLOCK_NOT_FOUND when all of them lack the block; else, when that is not known,
 * BACKEND_UNAVAILABLE, TIMEOUT or INTEGRITY, naming what each said; the signal's reason.
 */
export async function hedgedBlock(
  cid: Cid,
  order: readonly Metered[],
  signal: AbortSignal
): Promise<Found> {
  if (order.length === 1) return await race(cid, order, signal)
  const end = new AbortController()
  const passOn = (): void => end.abort(signal.reason)
  signal.addEventListener('abort', passOn, { once: true })
  try {
    return await race(cid, order, end.signal)
  } finally {
    signal.removeEventListener('abort', passOn)
    end.abort(LOST_RACE)
  }
}

function race(cid: Cid, order: readonly Metered[], signal: AbortSignal): Promise<Found> {
  return new Promise((resolve, reject) => {
    const failures: Failure[] = []
    let next = 0
    let timer: NodeJS.Timeout | undefined
    const askNext = (): void => {
      clearTimeout(timer)
      const backend = order[next++]
      if (backend === undefined) return
      if (next < order.length) timer = setTimeout(askNext, hedgeMs(backend))
      blockFrom(backend, cid, signal).then(
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
          if (next < order.length) askNext()
          else if (failures.length === order.length) reject(verdictOf(cid, failures))
        }
      )
    }
    askNext()
  })
}

/** A backend that gives no blocks rejects with UNSUPPORTED, as one that fails does. */
const blockFrom = async (backend: Metered, cid: Cid, signal: AbortSignal): Promise<Uint8Array> =>
  await facetOf(backend, 'blockReader').getBlock(cid, { signal })

function verdictOf(cid: Cid, failures: readonly Failure[]): KitError {
  const said = failures.map(({ backend, error }) => `${backend.name}: ${error.message}`).join('; ')
  const unknown = failures.find(({ error }) => !isKitError(error, 'BLOCK_NOT_FOUND'))
  if (unknown === undefined)
    return new KitError('BLOCK_NOT_FOUND', `no backend has block ${cid} (${said})`)
  const late = failures.every(({ error }) => error.code === 'TIMEOUT')
  const { code } = unknown.error
  const verdict = late ? 'TIMEOUT' : code === 'INTEGRITY' ? 'INTEGRITY' : 'BACKEND_UNAVAILABLE'
  return new KitError(verdict, `block ${cid} cannot be had now (${said})`)
}
