/** Watches a pin that was asked for, until the other side has it or has given up. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Cid } from '../../src/core/cid.js'
import type { CallOptions } from '../../backends/facets/call.js'
import type { PinStates, PinStatus } from '../../backends/facets/remote-pins.js'

const FIRST_MS = 500
const LONGEST_MS = 30_000

/** Waits, and rejects with the signal's reason. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>

const sleepNow: Sleep = (ms, signal) =>
  delay(ms, undefined, { signal }).catch(() => {
    throw signal.reason
  })

/**
 * Gives the status of a pin as it is now and whenever it is another. It ends behind one that is
 * `pinned` or `failed`, and where the pin is gone. It asks after half a second first, and more and
 * more seldom, at least twice a minute.
 * @throws what `statusOf` throws; the pin goes on all the same.
 */
export async function* watchPin(
  states: PinStates,
  cid: Cid,
  { signal }: CallOptions,
  sleep: Sleep = sleepNow
): AsyncGenerator<PinStatus, void, undefined> {
  let last = ''
  for (let ms = FIRST_MS; ; ms = Math.min(LONGEST_MS, ms * 1.5)) {
    const status = await states.statusOf(cid, { signal })
    if (status === undefined) return
    const now = JSON.stringify(status)
    if (now !== last) yield status
    if (status.state === 'pinned' || status.state === 'failed') return
    if (now !== last) ms = FIRST_MS
    last = now
    await sleep(ms, signal)
  }
}
