/** Asking engines, with a limit: one that was stopped must not stop us. */
import { setTimeout as delay } from 'node:timers/promises'
import { isKitError } from '../core/errors.js'
import { socketPath } from '../daemon/home-lock.js'
import type { MountStatus } from '../daemon/engine.js'
import { RpcClient } from '../daemon/rpc.js'

const ANSWER_MS = 5000

/** What the engine of a home mounts: nothing when none runs, `silent` when one does not answer (to us). */
export async function askMounts(home: string): Promise<readonly MountStatus[] | 'silent'> {
  let client: RpcClient | undefined
  try {
    client = await RpcClient.connect(socketPath(home))
  } catch (error) {
    // Another user's home.
    if (isKitError(error, 'ACCESS_DENIED')) return 'silent'
    throw error
  }
  if (client === undefined) return []
  try {
    const answer = client.call('status', {}) as Promise<MountStatus[]>
    answer.catch(() => undefined)
    return await Promise.race([answer, delay(ANSWER_MS, 'silent' as const, { ref: false })])
  } catch (error) {
    // It ended while it was asked.
    if (isKitError(error, 'CLOSED')) return []
    throw error
  } finally {
    client.close()
  }
}

export async function mountsServedBy(home: string): Promise<readonly MountStatus[]> {
  const mounts = await askMounts(home)
  return mounts === 'silent' ? [] : mounts
}
