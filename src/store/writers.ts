/** Holding off everybody who writes blocks, for gc and repair. */
import { closeSync, openSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { KitError } from '../core/errors.js'
import { makeDir } from '../core/fs-durable.js'
import { tryLock } from '../core/native.js'
import type { StoreLayout } from './layout.js'

const WAIT_MS = 60_000

/**
 * Wait until no session is open and let none open until release.
 * Never while owning the home or the owner's turn: writers need it to finish.
 * @throws LOCKED when they do not finish in time; the signal's reason.
 */
export async function holdWriters(
  layout: StoreLayout,
  signal?: AbortSignal
): Promise<{ release(): void }> {
  makeDir(layout.root)
  const fd = openSync(layout.writersLock, 'a', 0o600)
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
