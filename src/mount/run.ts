/** Runs the mount helpers of the system. */
import { spawn } from 'node:child_process'
import { KitError } from '../core/errors.js'

export interface Outcome {
  /** Exit code; −1 if a signal or the timeout ended it. */
  readonly code: number
  readonly stderr: string
}

/**
 * Runs a program without a shell and kills it after `timeoutMs`.
 * @throws UNSUPPORTED if it is not installed.
 */
export function run(
  program: string,
  args: readonly string[],
  fds: readonly number[] = [],
  timeoutMs = 10_000
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe', ...fds] })
    let stderr = ''
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
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
