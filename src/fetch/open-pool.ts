/** Opens the backends of a home as they are configured now. */
import {
  configuredBackends,
  openConfigured,
  unopened,
  type ConfiguredBackend
} from '../../backends/configured.js'
import { secretsVersion } from '../../backends/secrets.js'
import type { Metered } from '../../backends/wrap/metered.js'
import { isKitError, KitError } from '../core/errors.js'
import type { BackendStats } from './upstream-content.js'
import { BackendPool, type Member } from './backend-pool.js'

/**
 * Opens the configured backends; none when offline. One that cannot be opened stops no other: it is
 * there as one that fails.
 * @param warn is told of that, and of what backends skip.
 * @param before pool whose backends are reused where their configuration is unchanged.
 * @throws CONFIG_INVALID naming the file that cannot be read.
 */
export async function openPool(
  home: string,
  offline: boolean,
  warn: (message: string) => void,
  before?: BackendPool
): Promise<BackendPool> {
  if (offline) return new BackendPool([])
  const members = configuredBackends(home).map(async (config) => {
    const key = `${JSON.stringify(config)} ${secretsVersion(home, config.name)}`
    const known = before?.members.find((member) => member.key === key)
    return known ?? (await opened(home, config, key, warn))
  })
  return new BackendPool(await Promise.all(members))
}

async function opened(
  home: string,
  config: ConfiguredBackend,
  key: string,
  warn: (message: string) => void
): Promise<Member> {
  const { name, priority } = config
  try {
    return { backend: await openConfigured(home, config, warn), priority, key }
  } catch (cause) {
    const message = `backend ${name} cannot be used: ${(cause as Error).message}; repair it with \`ipfs-kit backend update ${name}\``
    warn(message)
    const code = isKitError(cause, 'CREDENTIALS') ? cause.code : 'CONFIG_INVALID'
    const reason = new KitError(code, message, { cause })
    // What was wrong may lie elsewhere, so that it is tried anew though its configuration stays.
    return { backend: unopened(config, reason), priority, key: `unopened ${key}` }
  }
}

export const stateOf = ({
  metrics,
  isDown,
  isFailing
}: Pick<Metered, 'metrics' | 'isDown' | 'isFailing'>): BackendStats['state'] =>
  isDown || isFailing ? 'down' : metrics.requests === 0 ? 'unknown' : 'up'

/** Returns the statistics of a backend that is in use. */
export function statsOf(backend: Metered): BackendStats {
  const { metrics, latency, averageMs } = backend
  const { lastError, ...counts } = metrics
  return {
    name: backend.name,
    type: backend.type,
    state: stateOf(backend),
    averageMs: averageMs ?? null,
    ...counts,
    lastError: lastError ?? null,
    latency: latency.report()
  }
}
