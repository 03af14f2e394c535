/** Mounts a home: by the engine that owns it, or by a new one. */
import { setTimeout as delay } from 'node:timers/promises'
import { isKitError, KitError } from '../core/errors.js'
import { makeDir } from '../core/fs-durable.js'
import { detach } from '../mount/detach.js'
import type { MountOptions } from '../mount/driver.js'
import { homeOf, ownMounts } from '../mount/mountinfo.js'
import { isOurMount, prepareMountpoint } from '../mount/mountpoint.js'
import { startSupervisor } from './engine-process.js'
import { socketPath } from './run-folder.js'
import { askMounts, askReport } from './home-status.js'
import { OwnerClient } from './owner-client.js'
import type { MountStatus } from '../operations/engine-report.js'
import type { EngineSettings } from './settings.js'

/** How long a running engine may take to mount. */
const READY_MS = 30_000

export interface Mounting {
  readonly home: string
  readonly path: string
  readonly options: MountOptions
  readonly settings: EngineSettings
}

export interface MountingRun {
  readonly signal: AbortSignal
  readonly warn: (message: string) => void
}

/** Prepares the mountpoint, removing a stale mount. @throws USAGE, EXISTS. */
export async function prepareMount({ home, path }: Mounting, run: MountingRun): Promise<void> {
  makeDir(home)
  await clearStale(path, run)
  prepareMountpoint(path, home)
}

/** Mounts, and returns when the mount answers. @throws EXISTS, UNSUPPORTED, LOCKED, TIMEOUT. */
export async function mountHome(mounting: Mounting, run: MountingRun): Promise<MountStatus> {
  const { home, path, options, settings } = mounting
  await prepareMount(mounting, run)
  if (!(await mountByEngine(mounting, run))) {
    try {
      await startSupervisor({ home, settings, mount: { path, options } }, run.signal)
    } catch (error) {
      // Another mount of this home was faster, so its engine can serve this path too.
      const served = isKitError(error, 'LOCKED') && (await mountByEngine(mounting, run))
      if (!served) throw error
    }
  }
  // Only the HTTP server can fail without failing the mount, so only then are there warnings.
  if (settings.listen !== null)
    for (const line of (await askReport(home))?.warnings ?? []) run.warn(line)
  const mounts = await askMounts(home)
  const found = mounts === 'silent' ? undefined : mounts.find((status) => status.path === path)
  if (found === undefined)
    throw new KitError('TIMEOUT', `the engine of ${home} does not answer; see \`ipfs-kit status\``)
  return found
}

/** Asks the engine that owns the home to mount. @returns false when there is none. */
async function mountByEngine(mounting: Mounting, run: MountingRun): Promise<boolean> {
  const { home, path, options, settings } = mounting
  const client = await OwnerClient.connect(socketPath(home))
  if (client === undefined) return false
  try {
    const late = delay(READY_MS, undefined, { ref: false }).then(() => {
      throw new KitError(
        'TIMEOUT',
        `the engine of ${home} does not answer; see \`ipfs-kit status\``
      )
    })
    const call = client.call('mount', { path, options, settings }, { signal: run.signal })
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
  if (!isOurMount(path)) return
  const home = ownMounts()
    .filter((mount) => mount.path === path)
    .map(homeOf)
    .find((found) => found !== undefined)
  const serving = home === undefined ? [] : await askMounts(home)
  if (serving === 'silent')
    throw new KitError(
      'EXISTS',
      `${path} is mounted by an engine that does not answer; take it away with \`ipfs-kit unmount --force ${path}\``
    )
  if (serving.some((mount) => mount.path === path))
    throw new KitError(
      'EXISTS',
      `${path} is mounted already; unmount it first, or choose another path`
    )
  warn(`a stale mount at ${path} was cleaned away`)
  await detach(path, true)
}
