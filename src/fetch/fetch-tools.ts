/** The tools of everything that fetches: a log and a clock. */
import type { Clock } from '../core/clock.js'
import type { Log } from '../core/log.js'

export interface FetchTools {
  readonly log: Log
  readonly clock: Clock
}
