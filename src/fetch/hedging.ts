/**
 * Asks several backends for one block: the next one is asked too when the last one takes much
 * longer than usual. The first answer wins, and the other requests are cancelled.
 */
import { onAbort } from '../core/abort.js'
import type { Cid } from '../core/cid.js'
import { isKitError, KitError, toKitError, type ErrorDetail } from '../core/errors.js'
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

/** The next backend is asked after this many times the usual latency. */
const HEDGE_FACTOR = 3
const MIN_HEDGE_MS = 100
/** Delay for a backend that has not answered yet. */
const FIRST_HEDGE_MS = 1000

const hedgeMs = ({ averageMs }: Metered): number =>
  averageMs === undefined ? FIRST_HEDGE_MS : Math.max(MIN_HEDGE_MS, averageMs * HEDGE_FACTOR)

/**
 * Asks the backends in the order given.
 * @param order at least one.
 * @throws BLOCK_NOT_FOUND when all of them lack the block; BACKEND_UNAVAILABLE, TIMEOUT or
 * INTEGRITY when that is not known, naming each backend's message; the signal's reason.
 */
export async function hedgedBlock(
  cid: Cid,
  order: readonly Metered[],
  signal: AbortSignal
): Promise<Found> {
  if (order.length === 1) return await race(cid, order, signal)
  const cancellation = new AbortController()
  const release = onAbort(signal, () => cancellation.abort(signal.reason))
  try {
    return await race(cid, order, cancellation.signal)
  } finally {
    release()
    cancellation.abort(LOST_RACE)
  }
}

/** Resolves with the first block; rejects when all backends failed, or at once when aborted. */
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
          else if (failures.length === order.length) reject(combinedError(cid, failures))
        }
      )
    }
    askNext()
  })
}

/** Rejects with UNSUPPORTED where the backend gives no blocks, so that it counts as a failure. */
const blockFrom = async (backend: Metered, cid: Cid, signal: AbortSignal): Promise<Uint8Array> =>
  await facetOf(backend, 'blockReader').getBlock(cid, { signal })

/** Combines the failures: the block is absent only if every backend said so. */
function combinedError(cid: Cid, failures: readonly Failure[]): KitError {
  const details = failures.flatMap(detailsOf)
  const messages = details.map(({ who, said }) => `${who}: ${said}`).join('; ')
  const unknown = failures.find(({ error }) => !isKitError(error, 'BLOCK_NOT_FOUND'))
  if (unknown === undefined)
    return new KitError('BLOCK_NOT_FOUND', `no backend has block ${cid} (${messages})`, { details })
  const allTimedOut = failures.every(({ error }) => error.code === 'TIMEOUT')
  const { code } = unknown.error
  const combined = allTimedOut
    ? 'TIMEOUT'
    : code === 'INTEGRITY'
      ? 'INTEGRITY'
      : 'BACKEND_UNAVAILABLE'
  return new KitError(combined, `block ${cid} cannot be fetched now (${messages})`, { details })
}

/** Returns what a backend said, each of its hosts by itself where it has several. */
const detailsOf = ({ backend: { name }, error }: Failure): ErrorDetail[] =>
  error.details.length > 0
    ? error.details.map((detail) => ({ ...detail, who: `${name} (${detail.who})` }))
    : [{ who: name, code: error.code, said: error.message }]
