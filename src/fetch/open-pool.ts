/** Opens the backends of a home as they are configured now. */
import { configuredBackends, openConfigured } from '../../backends/configured.js'
import type { Metered } from '../../backends/wrap/metered.js'
import { KitError } from '../core/errors.js'
import type { BackendStats } from './upstream-content.js'
import { BackendPool, type Member } from './backend-pool.js'

/**
 * Opens the configured backends; none when offline.
 * @param warn is told of what backends skip.
 * @param before pool whose backends are reused where their configuration is unchanged.
 * @throws CONFIG_INVALID naming the backend.
 */
export async function openPool(
  home: string,
  offline: boolean,
  warn: (message: string) => void,
  before?: BackendPool
): Promise<BackendPool> {
  if (offline) return new BackendPool([])
  const members = await Promise.all(
    configuredBackends(home).map(async (config): Promise<Member> => {
      try {
        const key = JSON.stringify(config)
        const known = before?.members.find((member) => member.key === key)
        return (
          known ?? { backend: await openConfigured(config, warn), priority: config.priority, key }
        )
      } catch (error) {
        throw new KitError(
          'CONFIG_INVALID',
          `backend ${config.name} cannot be used: ${(error as Error).message}; repair it with \`ipfs-kit backend update ${config.name}\``,
          { cause: error }
        )
      }
    })
  )
  return new BackendPool(members)
}

/** Returns the statistics of a backend that is in use. */
export function statsOf(backend: Metered): BackendStats {
  const { metrics, latency, averageMs, isDown, isFailing } = backend
  const { lastError, ...counts } = metrics
  return {
    name: backend.name,
    type: backend.type,
    state: isDown || isFailing ? 'down' : metrics.requests === 0 ? 'unknown' : 'up',
    averageMs: averageMs ?? null,
    ...counts,
    lastError: lastError ?? null,
    latency: latency.report()
  }
}
