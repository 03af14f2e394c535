/** Mounts a home: by the engine that owns it, or by a new one. */
import { setTimeout as delay } from 'node:timers/promises'
import { isKitError, KitError } from '../core/errors.js'
import { makeDir } from '../core/fs-durable.js'
import { detach } from '../mount/detach.js'
import type { MountOptions } from '../mount/driver.js'
import { ownMountAt, userOf } from '../mount/mountinfo.js'
import { prepareMountpoint } from '../mount/mountpoint.js'
import { mountNamespace } from '../mount/namespace.js'
import { startSupervisor } from './engine-process.js'
import { socketPath } from './run-folder.js'
import { askMounts, askReport } from './home-status.js'
import { statusOf } from './mounts-status.js'
import { OwnerClient } from './owner-client.js'
import { standingOf } from './standing.js'
import type { MountStatus } from '../operations/engine-report.js'
import { PORT_NAMES, type EngineSettings } from './settings.js'

/** How long an engine may take to mount, and to tell of it. */
const READY_MS = 30_000
/** How often an engine may be met that is just ending. */
const MAX_TRIES = 5

export interface Mounting {
  readonly home: string
  readonly path: string
  readonly options: MountOptions
  /** Whether folders of the system and of other users are meant, too. */
  readonly anyFolder: boolean
  readonly settings: EngineSettings
}

export interface MountingRun {
  readonly signal: AbortSignal
  readonly warn: (message: string) => void
}

/** Prepares the mountpoint, removing a stale mount. @throws USAGE, EXISTS. */
export async function prepareMount(mounting: Mounting, run: MountingRun): Promise<void> {
  const { home, path } = mounting
  makeDir(home)
  await clearStale(path, run)
  prepareMountpoint(mounting)
}

/** Mounts, and returns when the mount answers. @throws EXISTS, UNSUPPORTED, LOCKED, TIMEOUT, CLOSED. */
export async function mountHome(mounting: Mounting, run: MountingRun): Promise<MountStatus> {
  const { home, path, settings } = mounting
  await prepareMount(mounting, run)
  for (let tries = 0; !(await tryToMount(mounting, run)); tries++)
    if (tries === MAX_TRIES) throw silentError(home)
  // Only a port can fail without failing the mount, so only then are there warnings.
  if (PORT_NAMES.some((name) => settings.ports[name] !== null))
    for (const line of (await askReport(home))?.warnings ?? []) run.warn(line)
  // One that has just started on a busy machine takes its time.
  const mounts = await askMounts(home, READY_MS)
  if (mounts === 'silent') throw silentError(home)
  const found = mounts.find((one) => one.path === path && !one.isHeld)
  if (found === undefined)
    throw new KitError(
      'CLOSED',
      `${path} was mounted, and is not any more: it was unmounted, or its engine ended; see ${home}/run`
    )
  return statusOf(found)
}

const silentError = (home: string): KitError =>
  new KitError('TIMEOUT', `the engine of ${home} does not answer; see \`ipfs-kit status\``)

/** Mounts by the engine that runs, or a new one. @returns false where it was just ending. */
async function tryToMount(mounting: Mounting, run: MountingRun): Promise<boolean> {
  try {
    if (!(await mountByEngine(mounting, run))) await mountByNewEngine(mounting, run)
    return true
  } catch (error) {
    if (isKitError(error, 'CLOSED')) return false
    throw error
  }
}

async function mountByNewEngine(mounting: Mounting, run: MountingRun): Promise<void> {
  const { home, path, options, settings } = mounting
  try {
    await startSupervisor({ home, settings, mount: { path, options } }, run.signal)
  } catch (error) {
    // Another mount of this home was faster, so its engine can serve this path too.
    const served = isKitError(error, 'LOCKED') && (await mountByEngine(mounting, run))
    if (!served) throw error
  }
}

/** Asks the engine that owns the home to mount. @returns false when there is none. */
async function mountByEngine(mounting: Mounting, run: MountingRun): Promise<boolean> {
  const { home, path, options, settings, anyFolder } = mounting
  const client = await OwnerClient.connect(socketPath(home))
  if (client === undefined) return false
  try {
    const late = delay(READY_MS, undefined, { ref: false }).then(() => {
      throw silentError(home)
    })
    const request = { path, options, settings, namespace: mountNamespace(), anyFolder }
    const call = client.call('mount', request, { signal: run.signal })
    const { differences } = await Promise.race([call, late])
    warnOfDifferences(differences, run)
    return true
  } finally {
    client.close()
  }
}

/**
 * Warns of settings that a running engine keeps, since all its mounts share those it began with.
 */
export function warnOfDifferences(differences: readonly string[], { warn }: MountingRun): void {
  for (const line of differences)
    warn(`the engine of this home keeps its settings (${line}); end it by unmounting all its mounts, then mount again`) // prettier-ignore
}

/** Removes a mount whose engine is gone. @throws EXISTS for a mount that is in use. */
async function clearStale(path: string, { warn }: MountingRun): Promise<void> {
  const mount = ownMountAt(path)
  if (mount === undefined) return
  const standing = await standingOf(mount)
  if (standing.state === 'gone') return
  if (standing.state === 'served')
    throw new KitError(
      'EXISTS',
      `${path} is mounted already; unmount it first, or choose another path`
    )
  const isOurs = process.getuid?.() === 0 || userOf(mount) === process.getuid?.()
  if (standing.state === 'silent')
    throw new KitError(
      'EXISTS',
      !isOurs || standing.isAnswering
        ? `${path} is mounted already, by ${isOurs ? 'an engine that cannot be seen from here' : `another user (${userOf(mount)})`}; choose another path`
        : `${path} is mounted by an engine that does not answer; take it away with \`ipfs-kit unmount --force ${path}\``
    )
  warn(`a stale mount at ${path} was cleaned away`)
  await detach(mount, 'abort')
}
