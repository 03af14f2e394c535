/**
 * Runs operations that write blocks: each in its own session, which the owner of the home
 * publishes.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { isKitError } from '../core/errors.js'
import type { IndexPatch } from '../metadata/patch.js'
import type { Pin } from '../store/pins.js'
import { WriteSession } from '../store/session.js'
import type { ContentView } from './content-view.js'
import type { Run } from './run.js'
import type { Services } from './services.js'
import { tellIndex } from './with-index.js'

/** What a write session made, besides its blocks. */
export interface Written<T> {
  readonly result: T
  readonly pins: readonly Pin[]
  /** CIDs of roots that are not pinned. */
  readonly unpinned?: readonly string[]
  /** What the index is told once the blocks are durable. */
  readonly index?: Iterable<readonly IndexPatch[]>
}

/** How long a writer waits for gc. */
const GC_WAIT_MS = 120_000

/**
 * Runs `work` in a new session, then makes its blocks and the pins it returns durable. After an
 * error nothing of it is left.
 * @throws LOCKED when gc does not end in time, ABORTED, and what `work` throws.
 */
export async function withWriteSession<T>(
  services: Services,
  run: Run,
  work: (session: WriteSession, view: ContentView) => Promise<Written<T>>
): Promise<T> {
  const owner = await services.openOwner(run)
  // Opening the owner creates the store, or recovers it after a crash. Owning it while hashing would
  // keep others waiting, so it is released until publishing.
  owner.close()
  const view = await services.openContent(false, run)
  try {
    const session = await openSession(view, run)
    try {
      const written = await work(session, view)
      if (!session.isEmpty) session.finish()
      await publish(services, run, session, written)
      return written.result
    } finally {
      session.close()
    }
  } finally {
    await view.close()
  }
}

async function publish(
  services: Services,
  run: Run,
  session: WriteSession,
  { pins, unpinned = [], index = [] }: Written<unknown>
): Promise<void> {
  if (session.isEmpty && pins.length === 0) return
  const owner = await services.openOwner(run)
  try {
    if (session.isEmpty) await owner.addPins(pins)
    else await owner.publish(session.id, pins, unpinned)
    await tellIndex(owner, index, run)
  } finally {
    owner.close()
  }
}

/** Opens a session, waiting while gc keeps writers out. */
async function openSession(view: ContentView, run: Run): Promise<WriteSession> {
  const deadline = Date.now() + GC_WAIT_MS
  for (let hasWarned = false; ; hasWarned = true) {
    try {
      return new WriteSession(view.reader)
    } catch (error) {
      if (!isKitError(error, 'LOCKED') || Date.now() > deadline) throw error
      if (!hasWarned) run.warn('waiting for gc to finish…')
      await delay(50, undefined, { signal: run.signal })
    }
  }
}

export const newPin = (cid: string, type: Pin['type'], name: string): Pin => ({
  cid,
  type,
  name,
  createdAt: new Date().toISOString()
})
