/** `unmount`: take a mount away and wait for the processes behind it. */
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { expandHome } from '../../config/config.js'
import { isKitError, KitError } from '../../core/errors.js'
import { ifPresent } from '../../core/fs-durable.js'
import { socketPath } from '../../service/home-lock.js'
import { RpcClient } from '../../service/rpc.js'
import { detach } from '../../mount/detach.js'
import { homeOf, ownMounts } from '../../mount/mountinfo.js'
import { mountPath } from '../../mount/mountpoint.js'
import { flagOf, type Context } from '../context.js'
import { askMounts } from '../engines.js'

const GONE_MS = 10_000
const ENGINE_MS = 8000

export async function run(context: Context): Promise<void> {
  const path = pathFrom(context)
  const mount = ownMounts().find((own) => own.path === path)
  if (mount === undefined) {
    const others = ownMounts().map((own) => own.path)
    const hint =
      others.length === 0 ? 'nothing of ipfs-kit is mounted' : `mounted are: ${others.join(', ')}`
    throw new KitError('PATH_NOT_FOUND', `${path} is not mounted; ${hint}`)
  }
  const home = homeOf(mount)
  const force = flagOf(context, 'force')
  const served = home === undefined ? [] : await askMounts(home)
  if (served === 'silent' && !force)
    throw new KitError(
      'TIMEOUT',
      `the engine of ${path} does not answer; \`ipfs-kit unmount --force ${path}\` ends it`
    )
  const last = served === 'silent' || served.length <= 1
  const answers = served !== 'silent' && served.some((own) => own.path === path)
  const silent = served === 'silent'
  if (!answers || !(await askEngine(home!, path, force))) await takeAway(path, home, force, silent)
  if (last && home !== undefined) await waitForEnd(path, home, force)
  if (context.json) context.answer({ path })
  else context.print(`unmounted ${path}`)
}

/**
 * The path that is meant: without one, the configured path or the only mount of this home,
 * never a mount of another home.
 */
function pathFrom(context: Context): string {
  const given = context.args[0]
  if (given !== undefined) return mountPath(expandHome(given))
  const configured = mountPath(expandHome(context.config['mount.path']))
  const mounts = ownMounts()
  const ours = mounts.filter((own) => homeOf(own) === context.home).map((own) => own.path)
  if (ours.includes(configured)) return configured
  if (ours.length === 1) return ours[0]!
  if (ours.length > 1)
    throw new KitError('USAGE', `say which: ${ours.join(', ')} show the home ${context.home}`)
  if (mounts.some((own) => own.path === configured))
    throw new KitError('USAGE', `${configured} shows another home; give the path to unmount it`)
  return configured
}

/** @returns whether the engine took it away; with `force` that may be left to us. */
async function askEngine(home: string, path: string, force: boolean): Promise<boolean> {
  const client = await RpcClient.connect(socketPath(home))
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

async function waitForEnd(path: string, home: string, force: boolean): Promise<void> {
  const deadline = Date.now() + GONE_MS
  while (processesOf(home).length > 0) {
    if (force && Date.now() > deadline - GONE_MS / 2) for (const pid of processesOf(home)) kill(pid)
    if (Date.now() > deadline)
      throw new KitError(
        'TIMEOUT',
        `${path} is unmounted, but processes ${processesOf(home).join(', ')} do not end`
      )
    await delay(10)
  }
}
