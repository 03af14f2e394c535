/** Asking engines how they are, with a limit: one that was stopped must not stop us. */
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { isKitError } from '../core/errors.js'
import { homeOf, ownMounts } from '../mount/mountinfo.js'
import { ownerPid, socketPath } from './home-lock.js'
import { OwnerClient } from './owner-client.js'
import type { EngineReport, MountStatus } from '../operations/engine-report.js'

const ANSWER_MS = 5000

/** What the engine of a home mounts: nothing when none runs, `silent` when one does not answer (to us). */
export async function askMounts(home: string): Promise<readonly MountStatus[] | 'silent'> {
  if (isStopped(home)) return 'silent'
  let client: OwnerClient | undefined
  try {
    client = await OwnerClient.connect(socketPath(home))
    if (client === undefined) return []
    const answer = client.call('status', {})
    answer.catch(() => undefined)
    return await Promise.race([answer, delay(ANSWER_MS, 'silent' as const, { ref: false })])
  } catch (error) {
    // Another user's home, or an engine of another version.
    if (isKitError(error, 'ACCESS_DENIED') || isKitError(error, 'UNSUPPORTED')) return 'silent'
    // It ended while it was asked.
    if (isKitError(error, 'CLOSED')) return []
    throw error
  } finally {
    client?.close()
  }
}

/** What the engine of a home says of itself; undefined where none runs, or it is stopped. */
export async function askReport(home: string): Promise<EngineReport | undefined> {
  if (isStopped(home)) return undefined
  const client = await OwnerClient.connect(socketPath(home))
  try {
    return await client?.call('report', {})
  } finally {
    client?.close()
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

export interface MountsStatus {
  readonly mounts: readonly MountStatus[]
  /** Paths that nobody serves. */
  readonly stale: readonly string[]
  /** Paths whose engines do not answer, or are another user's. */
  readonly silent: readonly string[]
}

/** The mounts of a home and of all others that this machine shows. */
export async function mountsStatus(home: string): Promise<MountsStatus> {
  const homes = new Set([home])
  for (const mount of ownMounts()) {
    const other = homeOf(mount)
    if (other !== undefined) homes.add(other)
  }
  const mounts: MountStatus[] = []
  const quiet = new Set<string>()
  for (const one of homes) {
    const served = await askMounts(one)
    if (served === 'silent') quiet.add(one)
    else mounts.push(...served)
  }
  const unserved = ownMounts().filter(({ path }) => !mounts.some((mount) => mount.path === path))
  const isQuiet = (mount: (typeof unserved)[number]): boolean => quiet.has(homeOf(mount) ?? '')
  return {
    mounts,
    stale: unserved.filter((mount) => !isQuiet(mount)).map(({ path }) => path),
    silent: unserved.filter(isQuiet).map(({ path }) => path)
  }
}
