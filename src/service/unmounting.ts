/** Removes a mount, and waits for the processes behind it. */
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { isKitError, KitError } from '../core/errors.js'
import { ifPresent } from '../core/fs-durable.js'
import { detach } from '../mount/detach.js'
import { homeOf, ownMounts } from '../mount/mountinfo.js'
import { socketPath } from './run-folder.js'
import { askMounts, askReport } from './home-status.js'
import { OwnerClient } from './owner-client.js'

/** How long processes may take to end after the unmount. */
const END_WAIT_MS = 10_000
/** How long the engine may take to unmount. */
const ANSWER_MS = 8000

/**
 * Unmounts a path.
 * @param force even when files are open or the engine does not answer.
 * @throws PATH_NOT_FOUND where nothing of ours is mounted; EXISTS for a mount that is in use;
 * TIMEOUT.
 */
export async function unmountPath(path: string, force: boolean): Promise<void> {
  const mount = ownMounts().find((own) => own.path === path)
  if (mount === undefined) throw notMounted(path)
  const home = homeOf(mount)
  const served = home === undefined ? [] : await askMounts(home)
  if (served === 'silent' && !force)
    throw new KitError(
      'TIMEOUT',
      `the engine of ${path} does not answer; \`ipfs-kit unmount --force ${path}\` ends it`
    )
  const silent = served === 'silent'
  const last = silent || (served.length <= 1 && !(await staysWithoutMounts(home)))
  const isServed = !silent && served.some((own) => own.path === path)
  if (!isServed || !(await askEngine(home!, path, force)))
    await detachWithoutEngine(path, home, force, silent)
  if (last && home !== undefined) await waitForEnd(home, `${path} is unmounted`, force)
}

function notMounted(path: string): KitError {
  const others = ownMounts().map((own) => own.path)
  const hint =
    others.length === 0 ? 'nothing of ipfs-kit is mounted' : `mounted are: ${others.join(', ')}`
  return new KitError('PATH_NOT_FOUND', `${path} is not mounted; ${hint}`)
}

/** Returns whether the engine of a home lives on without mounts. */
async function staysWithoutMounts(home: string | undefined): Promise<boolean> {
  if (home === undefined) return false
  try {
    return (await askReport(home))?.stays === true
  } catch (error) {
    // An engine of another version: an older one never stays.
    if (isKitError(error, 'UNSUPPORTED')) return false
    throw error
  }
}

/**
 * Returns the path to unmount where none is given: the usual path, or the only mount of this home,
 * never a mount of another home.
 * @throws USAGE where the choice is not clear.
 */
export function pathToUnmount(home: string, usual: string): string {
  const mounts = ownMounts()
  const ours = mounts.filter((own) => homeOf(own) === home).map((own) => own.path)
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
async function askEngine(home: string, path: string, force: boolean): Promise<boolean> {
  const client = await OwnerClient.connect(socketPath(home))
  if (client === undefined) return false
  try {
    const answer = client.call('unmount', { path, force }, { anyVersion: true }).then(() => true)
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

/**
 * Detaches a mount without its engine. A silent engine is killed first, or its readers would hang;
 * its other mounts are detached with it.
 */
async function detachWithoutEngine(
  path: string,
  home: string | undefined,
  force: boolean,
  silent: boolean
): Promise<void> {
  if (force && silent && home !== undefined) {
    for (const pid of processesOf(home)) kill(pid)
    for (const mount of ownMounts()) if (homeOf(mount) === home) await detach(mount.path, true)
  }
  await detach(path, true)
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}

/** Returns the engines and supervisors of a home, whose command lines name it. */
function processesOf(home: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      const words = (readIfPresent(`/proc/${pid}/cmdline`) ?? '').split('\0')
      return (words[2] === 'engine' || words[2] === 'supervise') && words[3] === home
    })
    .map(Number)
}

function readIfPresent(path: string): string | undefined {
  try {
    return ifPresent(() => readFileSync(path, 'utf8'))
  } catch {
    // A process may end while it is examined.
    return undefined
  }
}

/**
 * Waits until no process of a home is left; with `force` kills them after half the time.
 * @param done what was achieved, for the error message.
 * @throws TIMEOUT.
 */
export async function waitForEnd(home: string, done: string, force: boolean): Promise<void> {
  const deadline = Date.now() + END_WAIT_MS
  while (processesOf(home).length > 0) {
    if (force && Date.now() > deadline - END_WAIT_MS / 2)
      for (const pid of processesOf(home)) kill(pid)
    if (Date.now() > deadline)
      throw new KitError(
        'TIMEOUT',
        `${done}, but processes ${processesOf(home).join(', ')} do not end`
      )
    await delay(10)
  }
}
