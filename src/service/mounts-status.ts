/** Reports what is mounted here, by joining what the kernel shows with what engines know. */
import type { MountEntry } from '../core/mount-table.js'
import { holdersOf } from '../mount/holders.js'
import { homeOf, ownMounts, wholeMountOf } from '../mount/mountinfo.js'
import type {
  BindMount,
  EngineMount,
  HeldMount,
  MountsStatus,
  MountStatus
} from '../operations/engine-report.js'
import { askMounts } from './home-status.js'
import { standingOf, type AskMounts } from './standing.js'

/** Returns the mounts of a home, and of all other homes that this machine shows. */
export async function mountsStatus(home: string): Promise<MountsStatus> {
  const entries = ownMounts().reverse()
  const ask = once(askMounts)
  const stale: string[] = []
  const silent: string[] = []
  const seen = new Map<string, { session: EngineMount; shown: MountEntry[] }>()
  // All at a time: each engine answers in some milliseconds, and a mount without one is looked at by a process.
  const [standings] = await Promise.all([
    Promise.all(entries.map((mount) => standingOf(mount, ask))),
    ask(home)
  ])
  for (const [i, mount] of entries.entries()) {
    const standing = standings[i]!
    if (standing.state === 'stale') stale.push(mount.path)
    else if (standing.state === 'silent') silent.push(mount.path)
    else if (standing.state === 'served') {
      const known = seen.get(mount.device) ?? { session: standing.session, shown: [] }
      known.shown.push(mount)
      seen.set(mount.device, known)
    }
  }
  const unseen = (await sessionsOf([home, ...entries.map(homeOf)], ask)).filter(
    ({ device }) => !seen.has(device)
  )
  const { mounts, binds } = shownHere([...seen.values()])
  return {
    mounts: [...mounts, ...unseen.filter(isBegun).map(statusOf)],
    binds,
    held: unseen.filter(({ isHeld }) => isHeld).map(heldOf),
    elsewhere: unseen.filter((session) => !session.isHeld && !isBegun(session)).map(statusOf),
    stale,
    silent
  }
}

/** An engine that is just mounting does not know the device yet. */
const isBegun = ({ device }: EngineMount): boolean => device === ''

/** Asks each home once, however many mounts name it. */
function once(ask: AskMounts): AskMounts {
  const answers = new Map<string, ReturnType<AskMounts>>()
  return (home) => {
    const answer = answers.get(home) ?? ask(home)
    answers.set(home, answer)
    return answer
  }
}

/** Returns what the engines of homes serve; one engine may be known by several names of its home. */
async function sessionsOf(
  homes: readonly (string | undefined)[],
  ask: AskMounts
): Promise<EngineMount[]> {
  const found = new Map<string, EngineMount>()
  for (const home of new Set(homes)) {
    const sessions = home === undefined ? [] : await ask(home)
    if (sessions !== 'silent')
      for (const session of sessions) found.set(session.device || session.path, session)
  }
  return [...found.values()]
}

/** Returns what is told of a mount. */
export const statusOf = ({ path, driver, open, pids, home, device }: EngineMount): MountStatus => ({
  path,
  driver,
  open,
  pids,
  home,
  device
})

interface Shown {
  readonly session: EngineMount
  readonly shown: readonly MountEntry[]
}

function shownHere(all: readonly Shown[]): { mounts: MountStatus[]; binds: BindMount[] } {
  const mounts: MountStatus[] = []
  const binds: BindMount[] = []
  for (const { session, shown } of all) {
    const whole = wholeMountOf(session.device, session.path, shown) ?? shown[0]!
    const isMount = !session.isHeld && whole.root === '/'
    if (isMount) mounts.push({ ...statusOf(session), path: whole.path })
    for (const mount of shown)
      if (!isMount || mount.id !== whole.id)
        binds.push({ path: mount.path, of: isMount ? whole.path : session.path })
  }
  return { mounts, binds }
}

function heldOf({ path, home, device }: EngineMount): HeldMount {
  const { processes } = holdersOf(device)
  return { path, home, device, holders: processes.map(({ pid, command }) => ({ pid, command })) }
}
