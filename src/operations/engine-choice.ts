/** Takes from the configuration of a home what an engine is started with, beside fetching. */
import type { Config } from '../config/config.js'
import { listenOf, type Listen } from '../config/listen.js'
import type { LogChoice } from '../core/log.js'

export interface EngineChoice {
  /** Where /metrics answers; undefined for nowhere. */
  readonly listen: Listen | undefined
  readonly log: LogChoice
  /** Bytes of the store that are hashed in a second; undefined for none. */
  readonly scrubRate: number | undefined
}

/** @throws CONFIG_INVALID where /metrics may not be served at the configured address. */
export const engineChoiceFrom = (config: Config): EngineChoice => ({
  listen: listenOf(config),
  log: { level: config['log.level'], format: config['log.format'] },
  scrubRate: config['store.scrub_rate']
})
