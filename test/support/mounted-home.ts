/** A home with one file, for tests that mount it in places of their own. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { Kit } from './cli.js'
import { tempFolder } from './temp.js'

export interface Status {
  readonly mounts: readonly { path: string; home: string; pids: number[] }[]
  readonly binds: readonly { path: string; of: string }[]
  readonly held: readonly { path: string; home: string; holders: { pid: number }[] }[]
  readonly elsewhere: readonly { path: string; home: string }[]
  readonly stale: readonly string[]
}

export interface MountedHome {
  readonly kit: Kit
  readonly folder: string
  /** CID of a file that says `held`. */
  readonly cid: string
  readonly status: () => Promise<Status>
  /** Paths of the mounts of this home. */
  readonly paths: () => Promise<string[]>
  /** Processes behind the mounts of this home. */
  readonly pids: () => Promise<readonly number[]>
}

export async function homeWithFile(t: Pick<Test, 'teardown'>): Promise<MountedHome> {
  const folder = tempFolder(t, 'places')
  const kit = new Kit(join(folder, 'home'))
  writeFileSync(join(folder, 'file'), 'held\n')
  const cid = await kit.add(join(folder, 'file'))
  const status = async (): Promise<Status> => {
    const all = await kit.json<Status>('status')
    // Tests that run beside may leave a stale mount for a moment.
    return { ...all, stale: all.stale.filter((path) => path.startsWith(`${folder}/`)) }
  }
  const own = async (): Promise<Status['mounts']> =>
    (await status()).mounts.filter(({ home }) => home === kit.home)
  return {
    kit,
    folder,
    cid,
    status,
    paths: async () => (await own()).map(({ path }) => path),
    pids: async () => (await own())[0]?.pids ?? []
  }
}
