/** What an engine is started with, beside its mounts: one for all of them, for as long as it lives. */
import type { Listen } from '../config/config.js'
import type { FetchSettings } from '../fetch/settings.js'

export interface EngineSettings {
  /** The size of the disk tier may be left to the engine. */
  readonly fetching: Omit<FetchSettings, 'disk'> & { readonly disk: number | null }
  /** Where /metrics answers; null for nowhere. */
  readonly listen: Listen | null
}

/** How users know the settings. */
const NAMES: Readonly<Record<keyof EngineSettings['fetching'], string>> = {
  offline: '--offline',
  disk: '--cache-size (cache.size)',
  memory: 'cache.memory',
  maxItem: 'cache.max_item_size',
  minAccessCount: 'cache.min_access_count',
  resolver: 'names.resolver'
}

/** Says which settings a running engine has otherwise than it was asked for, in words. */
export function differencesOf(asked: EngineSettings, running: EngineSettings): string[] {
  const told: string[] = []
  for (const key of Object.keys(NAMES) as (keyof typeof NAMES)[])
    if (asked.fetching[key] !== running.fetching[key])
      told.push(
        `${NAMES[key]}: ${said(asked.fetching[key])} was asked for, it runs with ${said(running.fetching[key])}`
      )
  if (JSON.stringify(asked.listen) !== JSON.stringify(running.listen))
    told.push(
      `metrics.listen: ${address(asked.listen)} was asked for, it runs with ${address(running.listen)}`
    )
  return told
}

const said = (value: string | number | boolean | null): string =>
  value === null ? 'auto' : value === true ? 'on' : value === false ? 'off' : String(value)

const address = (listen: Listen | null): string =>
  listen === null ? 'off' : `${listen.host}:${listen.port}`
