/** Waits for the processes of a home to end, and ends those that do not answer. */
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { KitError } from '../core/errors.js'

/** How long processes may take to end. */
const END_WAIT_MS = 10_000

/** Returns the engines and supervisors of a home, whose command lines name it. */
export const processesOf = (home: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map(Number)
    .filter((pid) => isOf(home, pid))

function isOf(home: string, pid: number): boolean {
  const words = commandLineOf(pid).split('\0')
  return (words[2] === 'engine' || words[2] === 'supervise') && words[3] === home
}

function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    // A process may end while it is examined.
    return ''
  }
}

/**
 * Returns whether a process is ending: the kernel takes its memory away, and with it its command
 * line, before it closes its sockets and locks. One that only waits for its parent has closed them.
 */
function isEnding(pid: number): boolean {
  if (commandLineOf(pid) !== '') return false
  try {
    const threads = readdirSync(`/proc/${pid}/task`)
    return threads.some((thread) => stateOf(pid, thread) !== 'Z')
  } catch {
    return false
  }
}

/** Returns the letter of a thread's state; `Z` where it has ended. */
function stateOf(pid: number, thread: string): string {
  try {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')
    // The state follows the program's name, which is in brackets and may itself hold any character.
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3)
  } catch {
    return 'Z'
  }
}

/** Kills processes at once. One that has ended already, or is another user's, is left alone. */
export function kill(pids: readonly number[]): void {
  for (const pid of pids)
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended already.
    }
}

export interface Ending {
  readonly home: string
  /** Those to wait for: another engine of the home may begin meanwhile. */
  readonly pids: readonly number[]
  /** What was achieved, for the error message. */
  readonly done: string
  /** Whether to kill them after half the time. */
  readonly force: boolean
}

/** Waits until processes of a home have ended. @throws TIMEOUT. */
export async function waitForEnd({ home, pids, done, force }: Ending): Promise<void> {
  const deadline = Date.now() + END_WAIT_MS
  const left = (): number[] => pids.filter((pid) => isOf(home, pid) || isEnding(pid))
  while (left().length > 0) {
    if (force && Date.now() > deadline - END_WAIT_MS / 2) kill(left())
    if (Date.now() > deadline)
      throw new KitError('TIMEOUT', `${done}, but processes ${left().join(', ')} do not end`)
    await delay(10)
  }
}
