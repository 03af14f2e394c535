/** Combines the configuration of a home with overrides into settings of fetching. */
import type { Config } from '../config/config.js'
import type { FetchSettings } from '../fetch/settings.js'

export interface FetchChoice extends Omit<FetchSettings, 'disk'> {
  /** Bytes of the disk tier; undefined where they may be chosen for the machine. */
  readonly disk: number | undefined
}

/** @param overrides replace values of the configuration. */
export const fetchChoiceFrom = (config: Config, overrides: Partial<FetchChoice>): FetchChoice => ({
  disk: config['cache.size'],
  memory: config['cache.memory'],
  maxItem: config['cache.max_item_size'],
  minAccessCount: config['cache.min_access_count'],
  offline: false,
  resolver: config['names.resolver'],
  ...overrides
})
