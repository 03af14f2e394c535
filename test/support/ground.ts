/** Where a program meets a tree: plain files that cannot be written, and a mount by each driver. */
import { mkdirSync, renameSync, symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Test } from 'tap'
import { Kit } from './cli.js'
import { mounted, sh, skipWithoutMount } from './mount.js'
import { tempFolder } from './temp.js'

export interface Ground {
  readonly folder: string
  /** Show what a folder of the system holds. Call it once for a folder. @returns where. */
  readonly show: (source: string) => Promise<string>
}

type GroundName = 'native' | 'raw' | 'fuse-native'

export const DRIVERS: readonly GroundName[] = ['raw', 'fuse-native']
/** What holds on a mount is held against plain files too, so that it cannot ask for what nobody does. */
export const GROUNDS: readonly GroundName[] = ['native', ...DRIVERS]

/** Run `work` as a test of its own on every ground. */
export const onGrounds = (
  t: Test,
  names: readonly GroundName[],
  work: (t: Test, ground: Ground) => Promise<void>
): Promise<void> => onEach(t, names, async (t, name) => work(t, await ground(t, name)))

/** Run `work` as a test of its own for each driver, which it mounts by itself. */
export const onDrivers = (
  t: Test,
  work: (t: Test, driver: string) => Promise<void>
): Promise<void> => onEach(t, DRIVERS, work)

async function onEach(
  t: Test,
  names: readonly GroundName[],
  work: (t: Test, name: GroundName) => Promise<void>
): Promise<void> {
  for (const name of names) {
    const skip = name === 'fuse-native' ? noFuseNative() : skipWithoutMount.skip
    await t.test(name, { skip, timeout: 600_000 }, (t) => work(t, name))
  }
}

/** fuse-native ships a build for linux-x64 alone. */
const noFuseNative = (): string | false =>
  process.arch === 'x64' ? skipWithoutMount.skip : `fuse-native has no build for ${process.arch}`

async function ground(t: Test, name: GroundName): Promise<Ground> {
  const folder = tempFolder(t, name)
  if (name === 'native') return { folder, show: (source) => bound(t, source, folder) }
  const kit = new Kit(join(folder, 'home'))
  const path = await mounted(t, kit, folder, '--driver', name)
  return { folder, show: async (source) => join(path, 'ipfs', await kit.add(source)) }
}

async function bound(t: Test, source: string, folder: string): Promise<string> {
  const place = join(folder, 'bound', basename(source))
  mkdirSync(place, { recursive: true })
  await sh('mount --bind "$1" "$2"', source, place)
  t.teardown(() => sh('umount "$1"', place))
  await sh('mount -o remount,bind,ro "$1"', place)
  return place
}

/** A symlink that leads to the newest version of something. */
export class Current {
  readonly path: string

  constructor(folder: string) {
    this.path = join(folder, 'current')
  }

  moveTo(version: string): void {
    symlinkSync(version, `${this.path}.new`)
    renameSync(`${this.path}.new`, this.path)
  }
}
