/** A backend as the rest of the program uses it, with every wrapper in its place. */
import type { Backend } from '../backend.js'
import { Deadline } from './deadline.js'
import { Limit } from './limit.js'
import { Metered } from './metered.js'
import { Retry } from './retry.js'
import { Verified } from './verified.js'

/** Requests to one backend at a time. */
const MAX_CALLS = 16

/** @param timeoutMs of one call. */
export const wrap = (backend: Backend, timeoutMs: number): Metered =>
  new Metered(
    new Limit(
      new Retry(new Deadline(new Verified(backend), timeoutMs), { tries: 2, firstDelayMs: 50 }),
      MAX_CALLS
    )
  )
