/**
 * Asks engines for their state, within a time limit: an engine that hangs must not hang the caller.
 */
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { isKitError, KitError } from '../core/errors.js'
import { homeOf, ownMounts } from '../mount/mountinfo.js'
import { ownerPid } from './home-lock.js'
import { socketPath } from './run-folder.js'
import { OwnerClient } from './owner-client.js'
import type { EngineReport, MountStatus, MountsStatus } from '../operations/engine-report.js'

/** How long an engine may take to answer. */
const ANSWER_MS = 5000

/**
 * Returns the mounts of a home's engine; none when no engine runs, `silent` when it does not answer
 * this user.
 */
export async function askMounts(home: string): Promise<readonly MountStatus[] | 'silent'> {
  if (isStopped(home)) return 'silent'
  let client: OwnerClient | undefined
  try {
    client = await OwnerClient.connect(socketPath(home))
    if (client === undefined) return []
    const answer = client.call('status', {}, { anyVersion: true })
    answer.catch(() => undefined)
    return await Promise.race([answer, delay(ANSWER_MS, 'silent' as const, { ref: false })])
  } catch (error) {
    // Another user's home.
    if (isKitError(error, 'ACCESS_DENIED')) return 'silent'
    // The engine ended during the call.
    if (isKitError(error, 'CLOSED')) return []
    throw error
  } finally {
    client?.close()
  }
}

/**
 * Returns the report of a home's engine; undefined where none runs, or it is stopped.
 * @throws TIMEOUT, ACCESS_DENIED, UNSUPPORTED.
 */
export async function askReport(home: string): Promise<EngineReport | undefined> {
  if (isStopped(home)) return undefined
  const client = await OwnerClient.connect(socketPath(home))
  if (client === undefined) return undefined
  const limit = AbortSignal.timeout(ANSWER_MS)
  try {
    return await client.call('report', {}, { signal: limit })
  } catch (error) {
    if (limit.aborted)
      throw new KitError('TIMEOUT', `the engine of ${home} does not answer`, { cause: error })
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

/** Returns the mounts of a home, and of all other homes that this machine shows. */
export async function mountsStatus(home: string): Promise<MountsStatus> {
  const homes = new Set([home])
  for (const mount of ownMounts()) {
    const other = homeOf(mount)
    if (other !== undefined) homes.add(other)
  }
  const mounts: MountStatus[] = []
  const silentHomes = new Set<string>()
  for (const one of homes) {
    const served = await askMounts(one)
    if (served === 'silent') silentHomes.add(one)
    else mounts.push(...served)
  }
  const unserved = ownMounts().filter(({ path }) => !mounts.some((mount) => mount.path === path))
  const isSilent = (mount: (typeof unserved)[number]): boolean =>
    silentHomes.has(homeOf(mount) ?? '')
  return {
    mounts,
    stale: unserved.filter((mount) => !isSilent(mount)).map(({ path }) => path),
    silent: unserved.filter(isSilent).map(({ path }) => path)
  }
}
