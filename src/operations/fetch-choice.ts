/** Combines the configuration of a home with overrides into settings of fetching. */
import { openConfig, type Config } from '../config/config.js'
import { isKitError } from '../core/errors.js'
import type { FetchSettings } from '../fetch/settings.js'

/** Reading a setting throws CONFIG_INVALID where the configuration is wrong about it. */
export interface FetchChoice extends Omit<FetchSettings, 'disk'> {
  /** Bytes of the disk tier; undefined where they may be chosen for the machine. */
  readonly disk: number | undefined
}

/** @param overrides replace values of the configuration, which is read when a setting is. */
export function fetchChoiceFrom(config: Config, overrides: Partial<FetchChoice>): FetchChoice {
  const chosen = <K extends keyof FetchChoice>(key: K, read: () => FetchChoice[K]) =>
    key in overrides ? (overrides[key] as FetchChoice[K]) : read()
  return {
    get disk() {
      return chosen('disk', () => config['cache.size'])
    },
    get memory() {
      return chosen('memory', () => config['cache.memory'])
    },
    get maxItem() {
      return chosen('maxItem', () => config['cache.max_item_size'])
    },
    get minAccessCount() {
      return chosen('minAccessCount', () => config['cache.min_access_count'])
    },
    get offline() {
      return chosen('offline', () => false)
    },
    get resolver() {
      return chosen('resolver', () => config['names.resolver'])
    }
  }
}

/**
 * Returns the settings with the default in place of each one that the configuration is wrong about:
 * enough for looking at the cache, or clearing it.
 */
export function tolerantChoice(choice: FetchChoice): FetchChoice {
  const { config } = openConfig('/nonexistent', { env: {} })
  const defaults = fetchChoiceFrom(config, {})
  const read = <K extends keyof FetchChoice>(key: K): FetchChoice[K] => {
    try {
      return choice[key]
    } catch (error) {
      if (!isKitError(error, 'CONFIG_INVALID')) throw error
      return defaults[key]
    }
  }
  return {
    disk: read('disk'),
    memory: read('memory'),
    maxItem: read('maxItem'),
    minAccessCount: read('minAccessCount'),
    offline: read('offline'),
    resolver: read('resolver')
  }
}
