/** Takes from the configuration of a home what an engine is started with, beside fetching. */
import type { Config } from '../config/config.js'
import { portsOf, type Ports } from '../config/listen.js'
import type { LogChoice } from '../core/log.js'

export interface EngineChoice {
  readonly ports: Ports
  readonly log: LogChoice
  /** Bytes of the store that are hashed in a second; undefined for none. */
  readonly scrubRate: number | undefined
}

/** @throws CONFIG_INVALID where the engine may not listen at a configured address. */
export const engineChoiceFrom = (config: Config): EngineChoice => ({
  ports: portsOf(config),
  log: { level: config['log.level'], format: config['log.format'] },
  scrubRate: config['store.scrub_rate']
})
