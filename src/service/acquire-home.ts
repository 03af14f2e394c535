/** Becomes the owner of a home, or connects to the owner it has. */
import { setTimeout as delay } from 'node:timers/promises'
import { KitError, toKitError } from '../core/errors.js'
import { StoreLayout } from '../store/layout.js'
import { holdWriters } from '../store/writer-lock.js'
import { lockHome, ownerPid, type HomeLock } from './home-lock.js'
import { socketPath } from './run-folder.js'
import { OwnerClient } from './owner-client.js'
import type { Owner } from '../operations/owner.js'
import { RpcOwner } from './rpc-owner.js'

/**
 * How long a command waits for another that owns the home without listening, such as a long fsck.
 */
const WAIT_MS = 10 * 60_000
/** How long a command waits before it warns that it does. */
const WARN_AFTER_MS = 1000
/**
 * How long an engine waits. It is short, because the caller sees nothing but a mount that does not
 * come.
 */
const ENGINE_WAIT_MS = 15_000
/** How often the lock and the socket are tried. */
const POLL_MS = 25

export interface AcquireRun {
  readonly signal: AbortSignal
  /** Receives a message when the home has to be waited for. */
  readonly warn: (message: string) => void
}

/**
 * Becomes the owner of a home, or connects to it.
 * @param alone waits for writers first and keeps them out: for gc and repair.
 * @param open opens the store of a home whose lock we hold, and takes the lock over.
 * @throws LOCKED naming the owner, ABORTED, and what `open` throws.
 */
export async function acquireHome(
  home: string,
  alone: boolean,
  open: (lock: HomeLock) => Owner,
  { signal, warn }: AcquireRun
): Promise<Owner> {
  let warnAt = Date.now() + WARN_AFTER_MS
  const writers = alone ? await holdWriters(new StoreLayout(home), signal) : undefined
  const deadline = Date.now() + WAIT_MS
  try {
    for (;;) {
      const lock = lockHome(home)
      if (lock !== undefined) return openWithLocks(lock, writers, open)
      const client = await OwnerClient.connect(socketPath(home))
      if (client !== undefined) {
        // The owner keeps writers out itself.
        writers?.release()
        return new RpcOwner(client)
      }
      if (Date.now() > deadline) throw inUse(home)
      if (signal.aborted) throw signal.reason
      if (Date.now() > warnAt) {
        warn(`waiting for process ${ownerPid(home) ?? '?'}, which has the home ${home} for itself…`)
        warnAt = Infinity
      }
      await delay(POLL_MS)
    }
  } catch (error) {
    writers?.release()
    throw toKitError(error)
  }
}

/** Opens the owner so that releasing its lock lets writers in again. */
function openWithLocks(
  lock: HomeLock,
  writers: HomeLock | undefined,
  open: (lock: HomeLock) => Owner
): Owner {
  const release = (): void => {
    lock.release()
    writers?.release()
  }
  try {
    return open({ release })
  } catch (error) {
    lock.release()
    throw error
  }
}

/**
 * Takes the lock of a home for an engine.
 * @throws LOCKED when another engine was faster, or its owner does not end in time.
 */
export async function lockForEngine(home: string): Promise<HomeLock> {
  const deadline = Date.now() + ENGINE_WAIT_MS
  for (;;) {
    const lock = lockHome(home)
    if (lock !== undefined) return lock
    const client = await OwnerClient.connect(socketPath(home))
    client?.close()
    if (client !== undefined || Date.now() > deadline) throw inUse(home)
    await delay(POLL_MS)
  }
}

const inUse = (home: string): KitError =>
  new KitError(
    'LOCKED',
    `the home ${home} is in use by process ${ownerPid(home) ?? '?'}, which does not answer; wait for it or end it`
  )
