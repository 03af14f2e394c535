/** A backend as the rest of the program uses it, with every wrapper in its place. */
import type { Backend } from '../backend.js'
import { Bandwidth, type Rates } from './bandwidth.js'
import { Deadline } from './deadline.js'
import { Limit } from './limit.js'
import { Metered } from './metered.js'
import { Retry } from './retry.js'
import { Verified } from './verified.js'

/** Requests to one backend at a time. */
const MAX_CALLS = 16

/**
 * @param timeoutMs of one call.
 * @param rates bytes that it may send and receive; what waits for them is not late.
 */
export function wrap(backend: Backend, timeoutMs: number, rates: Rates = {}): Metered {
  const late = new Deadline(new Verified(backend), timeoutMs)
  const retried = new Retry(late, { tries: 2, firstDelayMs: 50 })
  const isLimited = rates.upload !== undefined || rates.download !== undefined
  return new Metered(new Limit(isLimited ? new Bandwidth(retried, rates) : retried, MAX_CALLS))
}
