/**
 * Asks engines for their state, within a time limit: an engine that hangs must not hang the caller.
 */
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { KitError, toKitError } from '../core/errors.js'
import { ownMountAt } from '../mount/mountinfo.js'
import { ownerPid } from './home-lock.js'
import { socketPath } from './run-folder.js'
import { OwnerClient } from './owner-client.js'
import type { EngineMount, EngineReport } from '../operations/engine-report.js'

/** How long an engine may take to answer. */
const ANSWER_MS = 5000

/**
 * Returns the mounts of a home's engine; none when no engine can be found, whatever is wrong with
 * its home; `silent` when it does not answer this user.
 * @param limitMs how long it may take to answer.
 */
export async function askMounts(
  home: string,
  limitMs = ANSWER_MS
): Promise<readonly EngineMount[] | 'silent'> {
  if (isStopped(home)) return 'silent'
  let client: OwnerClient | undefined
  try {
    client = await engineOf(home)
    if (client === undefined) return []
    const answer = client.call('status', {}, { anyVersion: true })
    answer.catch(() => undefined)
    const sessions = await Promise.race([answer, delay(limitMs, undefined, { ref: false })])
    return sessions === undefined ? 'silent' : sessions.map(withDevice)
  } catch (error) {
    const { code } = toKitError(error)
    // Another user's home, of which even the path may be closed to us, or an engine that was cut off
    // in the middle of its answer.
    if (code === 'ACCESS_DENIED' || code === 'TIMEOUT') return 'silent'
    // The engine ended during the call.
    if (code === 'CLOSED') return []
    throw error
  } finally {
    client?.close()
  }
}

/**
 * Connects to the engine of a home. @returns undefined where none can be found, whatever is wrong
 * with the home: it is no folder, or on a disk that has failed. @throws ACCESS_DENIED.
 */
async function engineOf(home: string): Promise<OwnerClient | undefined> {
  try {
    return await OwnerClient.connect(socketPath(home))
  } catch (error) {
    if (toKitError(error).code === 'ACCESS_DENIED') throw error
    return undefined
  }
}

/** An older engine tells no devices: its mount is the one at its path. */
const withDevice = (session: EngineMount): EngineMount => ({
  ...session,
  device: session.device ?? ownMountAt(session.path)?.device ?? '',
  isHeld: session.isHeld ?? false
})

/**
 * Returns the report of a home's engine; undefined where none runs, or it is stopped.
 * @throws TIMEOUT, ACCESS_DENIED, UNSUPPORTED.
 */
export async function askReport(home: string): Promise<EngineReport | undefined> {
  if (isStopped(home)) return undefined
  const client = await engineOf(home)
  if (client === undefined) return undefined
  const limit = AbortSignal.timeout(ANSWER_MS)
  try {
    return await client.call('report', {}, { signal: limit })
  } catch (error) {
    if (limit.aborted)
      throw new KitError('TIMEOUT', `the engine of ${home} does not answer`, { cause: error })
    // The engine ended during the call.
    if (toKitError(error).code === 'CLOSED') return undefined
    throw error
  } finally {
    client.close()
  }
}

/**
 * Returns whether the engine of a home is stopped by SIGSTOP, so that waiting for it is pointless.
 */
function isStopped(home: string): boolean {
  try {
    const stat = readFileSync(`/proc/${ownerPid(home)}/stat`, 'utf8')
    // The state follows the program's name, which is in brackets and may itself hold any character.
    return /^T$/.test(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[0] ?? '')
  } catch {
    return false
  }
}
