/** A peer's process in the background: started, waited for, ended by its pid, unmounted. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

const READY_MS = 30_000

export interface Daemon {
  readonly pid: number
  close(): Promise<void>
}

const isMounted = (path: string): boolean =>
  readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${path} `)

/** Start a program that mounts at the given paths. @throws when it ends or does not mount. */
export async function startMount(
  program: string,
  args: readonly string[],
  mountpoints: readonly string[],
  env: NodeJS.ProcessEnv = {}
): Promise<Daemon> {
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env }
  })
  let stderr = ''
  child.stderr.on('data', (data: Buffer) => (stderr = (stderr + data.toString()).slice(-2000)))
  const ended = new Promise<void>((resolve) => {
    child.on('error', () => resolve())
    child.on('close', () => resolve())
  })
  const late = Date.now() + READY_MS
  while (!mountpoints.every(isMounted)) {
    if (child.exitCode !== null || child.pid === undefined || Date.now() > late) {
      await end(child, ended, mountpoints)
      throw new Error(`${program} does not mount: ${stderr}`)
    }
    await delay(20)
  }
  return { pid: child.pid!, close: () => end(child, ended, mountpoints) }
}

async function end(
  child: ChildProcess,
  ended: Promise<void>,
  mountpoints: readonly string[]
): Promise<void> {
  child.kill('SIGTERM')
  await Promise.race([ended, delay(8000, undefined, { ref: false })])
  child.kill('SIGKILL')
  for (const path of mountpoints) if (isMounted(path)) spawnSync('umount', ['-l', path])
}
