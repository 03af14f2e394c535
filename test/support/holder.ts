/** Processes that hold a mount, as containers do, and how to see that others have ended. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'

const LIMIT_MS = 10_000

/** Waits until something holds that tells nobody when it does. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + LIMIT_MS
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${LIMIT_MS} ms`)
    await delay(5)
  }
}

/** A zombie that nobody has waited for is gone as far as anybody can tell. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

export interface Holder {
  readonly pid: number
  letGo(): Promise<void>
}

/** Lets go of the mounts of other tests, which run beside, and sleeps. */
const HOLD = [
  'while read -r _ _ _ _ path rest; do',
  '  case "$rest" in *" - fuse.ipfs-kit "*) ;; *) continue ;; esac',
  '  path=$(printf "$path")',
  '  case "$path" in "$0"/*) ;; *) umount -l "$path" ;; esac',
  'done < /proc/self/mountinfo',
  'exec sleep 600'
].join('\n')

/**
 * The mount namespace of a process of its own, which sleeps.
 * @param folder below which it keeps mounts.
 * @param program what makes it.
 */
export async function holdInNamespace(
  t: Pick<Test, 'teardown'>,
  folder: string,
  program: string,
  ...args: string[]
): Promise<Holder> {
  const child = spawn(program, [...args, 'sh', '-c', HOLD, folder], { stdio: 'ignore', cwd: '/' })
  const pid = child.pid!
  const letGo = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  t.teardown(letGo)
  const own = readlinkSync('/proc/self/ns/mnt')
  await until(`${program} has a namespace`, () => {
    const isSleeping = readFileSync(`/proc/${pid}/comm`, 'utf8') === 'sleep\n'
    return isSleeping && readlinkSync(`/proc/${pid}/ns/mnt`) !== own
  })
  return { pid, letGo }
}

export const unshared = (t: Pick<Test, 'teardown'>, folder: string): Promise<Holder> =>
  holdInNamespace(t, folder, 'unshare', '-m', '--propagation', 'private')
