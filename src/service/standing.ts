/** Tells whether a mount that the kernel shows is served, and by whom. */
import type { MountEntry } from '../core/mount-table.js'
import { livenessOf } from '../mount/liveness.js'
import { homeOf, isStillMounted } from '../mount/mountinfo.js'
import type { EngineMount } from '../operations/engine-report.js'
import { askMounts } from './home-status.js'

/**
 * `served` by an engine that answers. `silent`: its engine does not answer, is another user's, or
 * cannot be seen from here, as from another container. `stale`: its engine has ended. `gone`: it was taken away
 * meanwhile.
 */
export type Standing =
  | { readonly state: 'served'; readonly session: EngineMount }
  | { readonly state: 'silent'; readonly isAnswering: boolean }
  | { readonly state: 'stale' }
  | { readonly state: 'gone' }

/** Asks the engine of a home for its mounts. */
export type AskMounts = (home: string) => Promise<readonly EngineMount[] | 'silent'>

/**
 * Tells who serves a mount. The engine of the home that its source names is asked first; devices
 * are compared, since paths differ where a mount was bound, moved, or given to a container.
 */
export async function standingOf(mount: MountEntry, ask: AskMounts = askMounts): Promise<Standing> {
  const home = homeOf(mount)
  const sessions = home === undefined ? [] : await ask(home)
  if (sessions === 'silent') return { state: 'silent', isAnswering: false }
  const session = sessions.find(({ device }) => device === mount.device)
  if (session !== undefined) return { state: 'served', session }
  // The engine is just mounting it, and does not know its device yet.
  const begun = sessions.find(({ device, path }) => device === '' && path === mount.path)
  if (begun !== undefined) return { state: 'served', session: begun }
  const liveness = await livenessOf(mount)
  if (!isStillMounted(mount)) return { state: 'gone' }
  if (liveness === 'dead') return { state: 'stale' }
  return { state: 'silent', isAnswering: liveness === 'alive' }
}
