/** Becoming the owner of a home, or finding the one it has. */
import { setTimeout as delay } from 'node:timers/promises'
import { KitError, toKitError } from '../core/errors.js'
import { StoreLayout } from '../store/layout.js'
import { holdWriters } from '../store/writers.js'
import { lockHome, ownerPid, socketPath, type HomeLock } from './home-lock.js'
import { OwnerClient } from './owner-client.js'
import type { Owner } from '../operations/owner.js'
import { RpcOwner } from './rpc-owner.js'

/** How long a command waits for another that has the home for itself, such as a long fsck. */
const WAIT_MS = 10 * 60_000
/** How long before it says so. */
const NOTE_MS = 1000
/** How long an engine waits: nobody looks on while a mount does not come. */
const ENGINE_WAIT_MS = 15_000
const LOOK_MS = 25

export interface AcquireRun {
  readonly signal: AbortSignal
  /** Told when the home has to be waited for. */
  readonly warn: (message: string) => void
}

/**
 * Becomes the owner of a home, or connects to it.
 * @param alone waits for writers first and holds them off: for gc and repair.
 * @param open opens the store of a home whose lock we hold, and keeps the lock.
 * @throws LOCKED naming the owner, ABORTED, and what `open` throws.
 */
export async function acquireHome(
  home: string,
  alone: boolean,
  open: (lock: HomeLock) => Owner,
  { signal, warn }: AcquireRun
): Promise<Owner> {
  let noteAt = Date.now() + NOTE_MS
  const writers = alone ? await holdWriters(new StoreLayout(home), signal) : undefined
  const deadline = Date.now() + WAIT_MS
  try {
    for (;;) {
      const lock = lockHome(home)
      if (lock !== undefined) return openUnder(lock, writers, open)
      const client = await OwnerClient.connect(socketPath(home))
      if (client !== undefined) {
        // The owner holds writers off itself.
        writers?.release()
        return new RpcOwner(client)
      }
      if (Date.now() > deadline) throw inUse(home)
      if (signal.aborted) throw signal.reason
      if (Date.now() > noteAt) {
        warn(`waiting for process ${ownerPid(home) ?? '?'}, which has the home ${home} for itself…`)
        noteAt = Infinity
      }
      await delay(LOOK_MS)
    }
  } catch (error) {
    writers?.release()
    throw toKitError(error)
  }
}

function openUnder(
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

/** Takes the lock of a home for an engine. @throws LOCKED when another engine was faster. */
export async function lockForEngine(home: string): Promise<HomeLock> {
  const deadline = Date.now() + ENGINE_WAIT_MS
  for (;;) {
    const lock = lockHome(home)
    if (lock !== undefined) return lock
    const client = await OwnerClient.connect(socketPath(home))
    client?.close()
    if (client !== undefined || Date.now() > deadline) throw inUse(home)
    await delay(LOOK_MS)
  }
}

const inUse = (home: string): KitError =>
  new KitError(
    'LOCKED',
    `the home ${home} is in use by process ${ownerPid(home) ?? '?'}, which does not answer; wait for it or end it`
  )
