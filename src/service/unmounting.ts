/** Removes a mount, and waits until the processes behind it have ended, or others hold it. */
import { setTimeout as delay } from 'node:timers/promises'
import type { MountEntry } from '../core/mount-table.js'
import { describeProcesses } from '../core/describe-processes.js'
import { isKitError, KitError } from '../core/errors.js'
import { detach, type Detaching } from '../mount/detach.js'
import { holdersOf, type Holders } from '../mount/holders.js'
import { homeOf, ownMountAt, ownMounts, userOf, wholeMountOf } from '../mount/mountinfo.js'
import { mountNamespace } from '../mount/namespace.js'
import { physicalPath } from '../mount/physical-path.js'
import type { EngineMount } from '../operations/engine-report.js'
import { kill, processesOf, waitForEnd } from './engine-end.js'
import { socketPath } from './run-folder.js'
import { askMounts, askReport } from './home-status.js'
import { OwnerClient } from './owner-client.js'
import { standingOf, type Standing } from './standing.js'

/** How long the engine may take to unmount. */
const ANSWER_MS = 8000
/** When holders are looked for, and how long one may stay unseen before that is all there is to say. */
const LOOK_AFTER_MS = 100
const UNSEEN_MS = 2000
const POLL_MS = 20

/** What holds a mount that was taken away; undefined where nothing does. */
export type Held = Holders | undefined

/**
 * Unmounts a path.
 * @param force even when files are open or the engine does not answer; whoever holds the mount gets
 * errors.
 * @param home asked for mounts that were at the path and are held by others.
 * @returns what still holds the mount, and is served until it lets go.
 * @throws PATH_NOT_FOUND where nothing of ours is mounted; BUSY for a mount that is in use;
 * TIMEOUT.
 */
export async function unmountPath(path: string, force: boolean, home: string): Promise<Held> {
  // One that lies under another is found as well, and refused with the reason.
  const mount = ownMountAt(path) ?? ownMounts().find((own) => own.path === path)
  if (mount === undefined) return await unmountHeld(path, force, home)
  const standing = await standingOf(mount)
  if (standing.state === 'gone') return await unmountHeld(path, force, home)
  if (standing.state !== 'served') refuseOthers(mount)
  if (standing.state === 'silent' && !standing.isAnswering && !force)
    throw new KitError(
      'TIMEOUT',
      `the engine of ${path} does not answer; \`ipfs-kit unmount --force ${path}\` ends it`
    )
  if (standing.state === 'served') return await unmountServed(mount, standing.session, force)
  await unmountUnserved(mount, standing, force)
  return undefined
}

/** Refuses a mount of another user, who alone may ask its engine. @throws ACCESS_DENIED. */
function refuseOthers(mount: MountEntry): void {
  const user = userOf(mount)
  const own = process.getuid?.()
  if (own === 0 || user === own) return
  throw new KitError(
    'ACCESS_DENIED',
    `${mount.path} is a mount of another user (${user}); unmount it as that user, or as root`
  )
}

async function unmountServed(
  mount: MountEntry,
  session: EngineMount,
  force: boolean
): Promise<Held> {
  const { home, device, namespace } = session
  const pids = processesOf(home)
  const isAway = namespace !== undefined && namespace !== mountNamespace()
  const isBind = wholeMountOf(device, session.path)?.id !== mount.id
  // Whoever takes away a bind mount, or the view of a container, means that alone.
  if (isBind || isAway) await detach(mount, force ? 'lazy' : 'gentle')
  else {
    await detachOrAsk(mount, session, force ? 'abort' : 'gentle')
    // It ends the connection, or makes do with little for those who hold it.
    await askEngine(session, force).catch(ignoreEnded)
  }
  if (isBind && !session.isHeld) return undefined
  return await letGo(session, force, pids)
}

/** The engine may have noticed the end itself. */
function ignoreEnded(error: unknown): void {
  if (!isKitError(error, 'PATH_NOT_FOUND')) throw error
}

/** The engine may be allowed what this process is not, as where it may gain no privileges. */
async function detachOrAsk(mount: MountEntry, session: EngineMount, how: Detaching): Promise<void> {
  try {
    await detach(mount, how)
  } catch (error) {
    if (!isKitError(error, 'ACCESS_DENIED')) throw error
    if (!(await askEngine(session, how === 'abort'))) throw error
  }
}

/** Waits until an engine has let go of a mount, or it is clear that somebody else does not. */
async function letGo(session: EngineMount, force: boolean, pids: readonly number[]): Promise<Held> {
  const { home, device, path } = session
  const since = Date.now()
  for (;;) {
    const sessions = await askMounts(home)
    if (sessions === 'silent') return undefined
    if (!sessions.some((one) => one.device === device)) {
      if (sessions.length === 0 && !(await staysWithoutMounts(home)))
        await waitForEnd({ home, pids, done: `${path} is unmounted`, force })
      return undefined
    }
    const waited = Date.now() - since
    if (waited >= LOOK_AFTER_MS) {
      const holders = holdersOf(device)
      const isSeen = holders.processes.length + holders.mounts.length > 0
      if (isSeen || waited >= UNSEEN_MS) return holders
    }
    await delay(POLL_MS)
  }
}

/** Takes away a mount that no engine serves, or one whose engine does not answer or is not seen. */
async function unmountUnserved(
  mount: MountEntry,
  standing: Standing,
  force: boolean
): Promise<void> {
  if (standing.state === 'silent' && standing.isAnswering)
    return await detach(mount, force ? 'lazy' : 'gentle')
  const home = homeOf(mount)
  // A silent engine is killed first, or its readers would hang; its other mounts go with it.
  const pids = home === undefined || standing.state === 'stale' ? [] : processesOf(home)
  kill(pids)
  if (pids.length > 0)
    for (const other of ownMounts()) if (homeOf(other) === home) await detach(other, 'abort')
  await detach(mount, 'abort')
  if (home !== undefined)
    await waitForEnd({ home, pids, done: `${mount.path} is unmounted`, force })
}

/** Ends a mount that was at a path, and is held by others. @throws PATH_NOT_FOUND. */
async function unmountHeld(path: string, force: boolean, home: string): Promise<Held> {
  const sessions = await askMounts(home)
  const held =
    sessions === 'silent' ? [] : sessions.filter((one) => one.isHeld && one.path === path)
  if (held.length === 0) throw notMounted(path)
  if (!force) throw stillHeld(path, held)
  const pids = processesOf(held[0]!.home)
  const left: Holders[] = []
  for (const session of held) {
    await askEngine(session, true)
    const holders = await letGo(session, true, pids)
    if (holders !== undefined) left.push(holders)
  }
  return left[0]
}

function stillHeld(path: string, held: readonly EngineMount[]): KitError {
  const processes = held.flatMap(({ device }) => [...holdersOf(device).processes])
  const who = processes.length === 0 ? 'somebody' : describeProcesses(processes)
  return new KitError(
    'PATH_NOT_FOUND',
    `${path} is not mounted any more; ${who} still holds it and is served; \`ipfs-kit unmount --force ${path}\` ends that`
  )
}

function notMounted(path: string): KitError {
  const others = ownMounts().map((own) => own.path)
  const hint =
    others.length === 0 ? 'nothing of ipfs-kit is mounted' : `mounted are: ${others.join(', ')}`
  return new KitError('PATH_NOT_FOUND', `${path} is not mounted; ${hint}`)
}

/** Returns whether the engine of a home lives on without mounts. */
async function staysWithoutMounts(home: string): Promise<boolean> {
  try {
    return (await askReport(home))?.stays === true
  } catch (error) {
    // It has just ended, or is of another version: an older one never stays.
    if (isKitError(error, 'UNSUPPORTED') || isKitError(error, 'CLOSED')) return false
    throw error
  }
}

/**
 * Returns the mountpoint that a path means. One that the mount table has is not looked at: what it
 * lies in may hang.
 */
export const pathMeant = (path: string): string =>
  ownMountAt(path) === undefined ? physicalPath(path) : path

/**
 * Returns the path to unmount where none is given: the usual path, or the only mount of this home,
 * never a mount of another home.
 * @throws USAGE where the choice is not clear.
 */
export function pathToUnmount(home: string, usual: string): string {
  const mounts = ownMounts()
  // The last in the list is the first mounted: what was bound from it later is not meant.
  const byDevice = new Map(mounts.map((own) => [own.device, own]))
  const ours = [...byDevice.values()].filter((own) => homeOf(own) === home).map((own) => own.path)
  if (ours.includes(usual)) return usual
  if (ours.length === 1) return ours[0]!
  if (ours.length > 1)
    throw new KitError('USAGE', `say which: ${ours.join(', ')} show the home ${home}`)
  if (mounts.some((own) => own.path === usual))
    throw new KitError('USAGE', `${usual} shows another home; give the path to unmount it`)
  return usual
}

/**
 * Asks the engine to unmount. @returns whether it did; with `force` its failure is left to the
 * caller.
 */
async function askEngine({ home, path, device }: EngineMount, force: boolean): Promise<boolean> {
  const client = await OwnerClient.connect(socketPath(home))
  if (client === undefined) return false
  try {
    const answer = client
      .call('unmount', { path, force, device }, { anyVersion: true })
      .then(() => true)
    answer.catch(() => undefined)
    return await Promise.race([answer, delay(ANSWER_MS, false, { ref: false })])
  } catch (error) {
    // The engine of the last mount may end before its answer arrives.
    if (isKitError(error, 'CLOSED')) return true
    if (force && isKitError(error)) return false
    throw error
  } finally {
    client.close()
  }
}
