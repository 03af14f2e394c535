/**
 * A private folder in the user's cache for as long as this process wants it. Those of processes that
 * were killed are removed by the next one.
 */
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/** A folder that is older may be left over: its process is looked for then. */
const LEFT_OVER_MS = 3_600_000
const NAME = /^(\d+)-/

/** @returns its path. Nobody else may enter it. */
export async function scratchFolder(now: number): Promise<string> {
  const cache = process.env.XDG_CACHE_HOME ?? ''
  const parent = join(isAbsolute(cache) ? cache : join(homedir(), '.cache'), 'ipfs-kit', 'git')
  await mkdir(parent, { recursive: true, mode: 0o700 })
  await removeLeftOvers(parent, now)
  return await mkdtemp(join(parent, `${process.pid}-`))
}

async function removeLeftOvers(parent: string, now: number): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = Number(NAME.exec(name)?.[1] ?? Number.NaN)
    if (Number.isNaN(pid) || isAlive(pid)) continue
    const path = join(parent, name)
    const found = await stat(path).catch(() => undefined)
    // A process of another container may share the folder, and is not seen from here.
    if (found !== undefined && now - found.mtimeMs > LEFT_OVER_MS)
      await rm(path, { recursive: true, force: true }).catch(() => undefined)
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
