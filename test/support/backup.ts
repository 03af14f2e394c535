/** Backup programs, and what they say they read. */
import { join } from 'node:path'
import { runProgram } from './cli.js'
import { sh } from './mount.js'
import { SystemView } from './view.js'

/** @returns restic over a repository of its own in a folder; a command that must succeed. */
export function resticIn(
  folder: string
): (args: readonly string[], cwd?: string) => Promise<string> {
  const env = {
    RESTIC_REPOSITORY: join(folder, 'restic'),
    RESTIC_PASSWORD: 'x',
    RESTIC_CACHE_DIR: join(folder, 'restic-cache')
  }
  // The shell's `cd` leaves the path as it was written, symlinks and all, for restic to know it by.
  return async (args, cwd = folder) => {
    const run = ['-c', 'cd "$1" && shift && exec restic "$@"', 'sh', cwd, ...args]
    const { code, stdout, stderr } = await runProgram('sh', run, { env })
    if (code !== 0) throw new Error(`restic ${args.join(' ')}: exit ${code}: ${stderr}`)
    return stdout.toString()
  }
}

/** @returns borg over a repository of its own in a folder; a command that must succeed. */
export function borgIn(folder: string): (...args: string[]) => Promise<string> {
  const env = { BORG_BASE_DIR: join(folder, 'borg-base'), BORG_REPO: join(folder, 'borg') }
  return async (...args) => {
    const { code, stdout, stderr } = await runProgram('borg', args, { env })
    if (code !== 0) throw new Error(`borg ${args.join(' ')}: exit ${code}: ${stderr}`)
    return stdout.toString() + stderr
  }
}

/** How many files of a tree have its newest time: borg takes none of them for known. */
export async function sharingTheNewest(tree: string): Promise<number> {
  const paths = (await sh('find "$1" -type f -print0', tree)).split('\0').filter(Boolean)
  const view = new SystemView('')
  const times = paths.map((path) => view.stat(path.slice(1)).ctimeNs)
  const newest = times.reduce((a, b) => (a > b ? a : b))
  return times.filter((time) => time === newest).length
}
