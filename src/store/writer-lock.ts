/** The exclusive hold on a store against all write sessions, for gc and repair. */
import { closeSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { KitError } from '../core/errors.js'
import { makeDir, openOwn } from '../core/fs-durable.js'
import { tryLock } from '../core/native.js'
import type { StoreLayout } from './layout.js'
import { refuseReadOnly } from './read-only.js'

/** Longest wait for open sessions. */
const WAIT_MS = 60_000

/**
 * Waits until no session is open, and lets none open until release. Do not call it while owning
 * the home or holding the owner's turn: writers need those to finish.
 * @throws LOCKED if they do not finish in time, or the signal's reason.
 */
export async function holdWriters(
  layout: StoreLayout,
  signal?: AbortSignal
): Promise<{ release(): void }> {
  refuseReadOnly(layout.home)
  makeDir(layout.root)
  const fd = openOwn(layout.writersLock, 'append')
  const deadline = Date.now() + WAIT_MS
  while (!tryLock(fd, 'exclusive')) {
    if (signal?.aborted === true) {
      closeSync(fd)
      throw signal.reason
    }
    if (Date.now() > deadline) {
      closeSync(fd)
      throw new KitError(
        'LOCKED',
        'another command is still adding to this home; try again when it is done'
      )
    }
    await delay(20)
  }
  return { release: () => closeSync(fd) }
}

/** Runs `work` while no session is open. @throws as holdWriters. */
export async function withoutWriters<T>(
  layout: StoreLayout,
  signal: AbortSignal,
  work: () => Promise<T>
): Promise<T> {
  const hold = await holdWriters(layout, signal)
  try {
    return await work()
  } finally {
    hold.release()
  }
}
