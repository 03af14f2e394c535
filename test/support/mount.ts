/** A real mount for a test: its own processes, taken away whatever happens. */
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type Kit, runProgram } from './cli.js'

/** Why no mount can be made here, or false. In CI that is a failure, not a skip. */
export function noMount(): string | false {
  if (process.platform !== 'linux') return 'mounting needs Linux'
  if (!existsSync('/dev/fuse')) return 'there is no /dev/fuse'
  if (process.getuid?.() !== 0) return 'the mount tests run as root'
  return false
}

export const skipWithoutMount = { skip: process.env['TEST_FUSE'] === '1' ? false : noMount() }

/** Mount a home below a folder; returns the path. */
export async function mounted(
  t: Pick<Test, 'teardown'>,
  kit: Kit,
  folder: string,
  ...args: string[]
): Promise<string> {
  const path = join(folder, 'mnt')
  mkdirSync(path, { recursive: true })
  t.teardown(() => kit.run(['unmount', '--force', path]))
  await kit.ok('mount', path, ...args)
  return path
}

export const isMounted = (path: string): boolean =>
  readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${path} `)

/** A command of the system that must succeed. */
export async function sh(script: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runProgram('sh', ['-c', script, 'sh', ...args])
  if (code !== 0) throw new Error(`${script}: exit ${code}: ${stderr}${stdout.toString()}`)
  return stdout.toString()
}

/** Run `work` while everybody may open /dev/fuse, then put its mode back. */
export const withOpenDevice = <T>(work: () => Promise<T>): Promise<T> => withDeviceMode(0o666, work)

/** Run `work` while root alone may open /dev/fuse, then put its mode back. */
export const withClosedDevice = <T>(work: () => Promise<T>): Promise<T> =>
  withDeviceMode(0o600, work)

async function withDeviceMode<T>(meanwhile: number, work: () => Promise<T>): Promise<T> {
  const { mode } = statSync('/dev/fuse')
  chmodSync('/dev/fuse', meanwhile)
  try {
    return await work()
  } finally {
    chmodSync('/dev/fuse', mode & 0o7777)
  }
}
