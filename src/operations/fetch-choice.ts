/** How what is not here is fetched, from the configuration of a home and what was said otherwise. */
import type { Config } from '../config/config.js'
import type { FetchSettings } from '../fetch/settings.js'

export interface FetchChoice extends Omit<FetchSettings, 'disk'> {
  /** Bytes of the disk tier; undefined leaves them to us. */
  readonly disk: number | undefined
}

/** @param said what takes the place of the configuration. */
export const fetchChoiceFrom = (config: Config, said: Partial<FetchChoice>): FetchChoice => ({
  disk: config['cache.size'],
  memory: config['cache.memory'],
  maxItem: config['cache.max_item_size'],
  minAccessCount: config['cache.min_access_count'],
  offline: false,
  resolver: config['names.resolver'],
  ...said
})
