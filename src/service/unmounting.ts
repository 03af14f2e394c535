/** Taking a mount away, and waiting for the processes behind it. */
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { isKitError, KitError } from '../core/errors.js'
import { ifPresent } from '../core/fs-durable.js'
import { detach } from '../mount/detach.js'
import { homeOf, ownMounts } from '../mount/mountinfo.js'
import { socketPath } from './home-lock.js'
import { askMounts, askReport } from './home-status.js'
import { OwnerClient } from './owner-client.js'

const GONE_MS = 10_000
const ENGINE_MS = 8000

/**
 * Unmounts a path. @param force even when files are open or nobody answers.
 * @throws PATH_NOT_FOUND where nothing of ours is mounted; EXISTS for one that is in use; TIMEOUT.
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
  const last = silent || (served.length <= 1 && !(await stays(home)))
  const answers = !silent && served.some((own) => own.path === path)
  if (!answers || !(await askEngine(home!, path, force))) await takeAway(path, home, force, silent)
  if (last && home !== undefined) await waitForEnd(home, `${path} is unmounted`, force)
}

function notMounted(path: string): KitError {
  const others = ownMounts().map((own) => own.path)
  const hint =
    others.length === 0 ? 'nothing of ipfs-kit is mounted' : `mounted are: ${others.join(', ')}`
  return new KitError('PATH_NOT_FOUND', `${path} is not mounted; ${hint}`)
}

/** Whether the engine of a home lives on without mounts. */
async function stays(home: string | undefined): Promise<boolean> {
  return home !== undefined && (await askReport(home))?.stays === true
}

/**
 * Returns the path that is meant: without one, the usual path or the only mount of this home,
 * never a mount of another home. @throws USAGE where that is not clear.
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

/** @returns whether the engine took it away; with `force` that may be left to us. */
async function askEngine(home: string, path: string, force: boolean): Promise<boolean> {
  const client = await OwnerClient.connect(socketPath(home))
  if (client === undefined) return false
  try {
    const answer = client.call('unmount', { path, force }).then(() => true)
    answer.catch(() => undefined)
    return await Promise.race([answer, delay(ENGINE_MS, false, { ref: false })])
  } catch (error) {
    // The engine of the last mount ends while it answers.
    if (isKitError(error, 'CLOSED')) return true
    if (force && isKitError(error)) return false
    throw error
  } finally {
    client.close()
  }
}

/**
 * Nobody answers for the mount. Where the engine is silent it is ended first, or its readers
 * would hang; the other mounts it served go with it.
 */
async function takeAway(
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
    // It was gone already.
  }
}

/** Engines and supervisors of a home: their command lines name it. */
function processesOf(home: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      const words = (ifPresentText(`/proc/${pid}/cmdline`) ?? '').split('\0')
      return (words[2] === 'engine' || words[2] === 'supervise') && words[3] === home
    })
    .map(Number)
}

function ifPresentText(path: string): string | undefined {
  try {
    return ifPresent(() => readFileSync(path, 'utf8'))
  } catch {
    // A process may end while it is looked at.
    return undefined
  }
}

/** Waits until no engine of a home is left. @param done what was achieved, for the error. */
export async function waitForEnd(home: string, done: string, force: boolean): Promise<void> {
  const deadline = Date.now() + GONE_MS
  while (processesOf(home).length > 0) {
    if (force && Date.now() > deadline - GONE_MS / 2) for (const pid of processesOf(home)) kill(pid)
    if (Date.now() > deadline)
      throw new KitError(
        'TIMEOUT',
        `${done}, but processes ${processesOf(home).join(', ')} do not end`
      )
    await delay(10)
  }
}
