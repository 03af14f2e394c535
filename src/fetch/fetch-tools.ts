/** What all that fetches is given: a log, and time. */
import type { Clock } from '../core/clock.js'
import type { Log } from '../core/log.js'

export interface FetchTools {
  readonly log: Log
  readonly clock: Clock
}
