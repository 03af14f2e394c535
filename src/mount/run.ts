/** Runs the mount helpers of the system. */
import { spawn } from 'node:child_process'
import { KitError } from '../core/errors.js'

export interface Outcome {
  /** Exit code; −1 if a signal or the timeout ended it. */
  readonly code: number
  readonly stderr: string
}

export interface RunOptions {
  /** Descriptors that the program gets from 3 on. */
  readonly fds?: readonly number[]
  readonly timeoutMs?: number
  readonly asUser?: { readonly uid: number; readonly gid: number }
}

/**
 * Runs a program without a shell, speaking English, from the root folder, so that it keeps no other
 * busy. It is killed at the timeout, and not waited for any longer: it may hang in the kernel.
 * @throws UNSUPPORTED if it cannot be run.
 */
export function run(
  program: string,
  args: readonly string[],
  { fds = [], timeoutMs = 10_000, asUser }: RunOptions = {}
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'ignore', 'pipe', ...fds],
      env: { ...process.env, LC_ALL: 'C' },
      cwd: '/',
      ...asUser
    })
    let stderr = ''
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      child.unref()
      resolve({ code: -1, stderr: `${program} does not end` })
    }, timeoutMs)
    child.stderr!.on('data', (data: Buffer) => (stderr += data.toString()))
    child.on('error', (cause) => {
      clearTimeout(timer)
      reject(new KitError('UNSUPPORTED', `${program} cannot be run; is it installed?`, { cause }))
    })
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code: code ?? -1, stderr: stderr.trim() })
    })
  })
}
