/** Asking engines, with a limit: one that was stopped must not stop us. */
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { isKitError } from '../core/errors.js'
import { ownerPid, socketPath } from '../service/home-lock.js'
import type { MountStatus } from '../service/engine.js'
import { RpcClient } from '../service/rpc.js'

const ANSWER_MS = 5000

/** What the engine of a home mounts: nothing when none runs, `silent` when one does not answer (to us). */
export async function askMounts(home: string): Promise<readonly MountStatus[] | 'silent'> {
  if (isStopped(home)) return 'silent'
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

/** Whether the engine of a home is stopped, by SIGSTOP: it is not worth waiting for. */
function isStopped(home: string): boolean {
  try {
    const stat = readFileSync(`/proc/${ownerPid(home)}/stat`, 'utf8')
    // The name of the program, in brackets, may hold anything.
    return /^T$/.test(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[0] ?? '')
  } catch {
    return false
  }
}

export async function mountsServedBy(home: string): Promise<readonly MountStatus[]> {
  const mounts = await askMounts(home)
  return mounts === 'silent' ? [] : mounts
}
