/** Settings of an engine, which all its mounts share for as long as it lives. */
import type { Listen, PortName, Ports } from '../config/listen.js'
import type { LogChoice } from '../core/log.js'
import type { FetchSettings } from '../fetch/settings.js'

export interface EngineSettings {
  /** `disk` is null where the engine may choose the size of the disk tier. */
  readonly fetching: Omit<FetchSettings, 'disk'> & { readonly disk: number | null }
  readonly ports: Ports
  readonly log: LogChoice
  /** Bytes of the store that are hashed in a second; null for none. */
  readonly scrubRate: number | null
}

export const PORT_NAMES: readonly PortName[] = ['service', 'gateway', 'metrics']

/** The names by which users know the settings. */
const USER_NAMES: Readonly<Record<keyof EngineSettings['fetching'], string>> = {
  offline: '--offline',
  disk: '--cache-size (cache.size)',
  memory: 'cache.memory',
  maxItem: 'cache.max_item_size',
  minAccessCount: 'cache.min_access_count',
  resolver: 'names.resolver'
}

/** Describes the settings of a running engine that differ from those asked for. */
export function differencesOf(asked: EngineSettings, running: EngineSettings): string[] {
  const differences: string[] = []
  for (const key of Object.keys(USER_NAMES) as (keyof typeof USER_NAMES)[])
    if (asked.fetching[key] !== running.fetching[key])
      differences.push(
        `${USER_NAMES[key]}: ${valueText(asked.fetching[key])} was requested, ${valueText(running.fetching[key])} is in use`
      )
  for (const name of PORT_NAMES)
    if (JSON.stringify(asked.ports[name]) !== JSON.stringify(running.ports[name]))
      differences.push(
        `${name}.listen: ${addressText(asked.ports[name])} was requested, ${addressText(running.ports[name])} is in use`
      )
  if (asked.ports.gatewayFetches !== running.ports.gatewayFetches)
    differences.push(
      `gateway.fetch: ${valueText(asked.ports.gatewayFetches)} was requested, ${valueText(running.ports.gatewayFetches)} is in use`
    )
  const [domains, others] = [asked, running].map(({ ports }) => ports.gatewayDomains.join(', '))
  if (domains !== others)
    differences.push(`gateway.domains: ${domains} was requested, ${others} is in use`)
  if (asked.scrubRate !== running.scrubRate)
    differences.push(
      `store.scrub_rate: ${rateText(asked.scrubRate)} was requested, ${rateText(running.scrubRate)} is in use`
    )
  for (const key of ['level', 'format'] as const)
    if (asked.log[key] !== running.log[key])
      differences.push(
        `--log-${key} (log.${key}): ${asked.log[key]} was requested, ${running.log[key]} is in use`
      )
  return differences
}

const valueText = (value: string | number | boolean | null): string =>
  value === null ? 'auto' : value === true ? 'on' : value === false ? 'off' : String(value)

const rateText = (rate: number | null): string => (rate === null ? 'off' : String(rate))

const addressText = (listen: Listen | null): string =>
  listen === null ? 'off' : `${listen.host}:${listen.port}`
