/** Mounts whose engine has died, and whose home is gone, damaged or cannot be reached. */
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Kit } from '../support/cli.js'
import { isAlive, until } from '../support/holder.js'
import { isMounted, sh, skipWithoutMount } from '../support/mount.js'
import { homeWithFile } from '../support/mounted-home.js'

/** Where nobody answers: the descriptor of this mount is closed when the shell ends. */
const DEAD_FUSE =
  'exec 3<>/dev/fuse && mount -i -t fuse -o fd=3,rootmode=40000,user_id=0,group_id=0 dead "$1"'

const removed = (home: string): void => rmSync(home, { recursive: true, force: true })

/** What becomes of a home, by the names that the tests get. */
const FATES: Readonly<Record<string, (t: Test, home: string) => unknown>> = {
  'is as it was': () => undefined,
  'is removed': (_, home) => removed(home),
  'is a file': (_, home) => {
    removed(home)
    writeFileSync(home, 'no folder')
  },
  'leads in circles': (_, home) => {
    removed(home)
    symlinkSync(home, home)
  },
  'has a folder for its socket': (_, home) => {
    rmSync(join(home, 'run'), { recursive: true })
    mkdirSync(join(home, 'run', 'socket'), { recursive: true })
  },
  'has a file for its run folder': (_, home) => {
    rmSync(join(home, 'run'), { recursive: true })
    writeFileSync(join(home, 'run'), '')
  },
  'lies on a dead FUSE mount': async (t, home) => {
    renameSync(home, `${home}.away`)
    mkdirSync(home)
    await sh(DEAD_FUSE, home)
    t.teardown(() => sh('umount -l "$1"', home))
  }
}

for (const [fate, befall] of Object.entries(FATES))
  t.test(
    `a stale mount whose home ${fate} is listed and taken away`,
    skipWithoutMount,
    async (t) => {
      const { kit, folder, pids } = await homeWithFile(t)
      const path = join(folder, 'mnt')
      t.teardown(() => sh('umount -l "$1" 2>/dev/null || true', path))
      await kit.ok('mount', path)
      const behind = await pids()
      // Stopped first: neither may live to clean up after the other.
      for (const pid of behind) process.kill(pid, 'SIGSTOP')
      for (const pid of behind) process.kill(pid, 'SIGKILL')
      await until('the processes end', () => !behind.some(isAlive))
      await befall(t, kit.home)
      const other = new Kit(join(folder, 'other home'))
      // Other programs may have stale mounts, too.
      const told = async (by: Kit): Promise<string[]> =>
        (await by.json<{ stale: string[] }>('status')).stale.filter((one) => one === path)
      t.same(await told(other), [path], 'told by another home')
      t.same(await told(kit), [path], 'and by its own')
      await (fate.length % 2 === 0 ? kit : other).ok('unmount', '--force', path)
      t.notOk(isMounted(path))
      t.teardown(() => other.run(['unmount', '--force', path]))
      await other.ok('mount', path)
      await other.ok('unmount', path)
    }
  )

t.test('a stale mount is mounted over by another home', skipWithoutMount, async (t) => {
  const { kit, folder, pids } = await homeWithFile(t)
  const path = join(folder, 'mnt')
  await kit.ok('mount', path)
  const behind = await pids()
  for (const pid of behind) process.kill(pid, 'SIGSTOP')
  for (const pid of behind) process.kill(pid, 'SIGKILL')
  await until('the processes end', () => !behind.some(isAlive))
  removed(kit.home)
  const other = new Kit(join(folder, 'other'))
  t.teardown(() => other.run(['unmount', '--force', path]))
  const { stderr } = await other.run(['mount', path])
  t.match(stderr, /a stale mount at .* was cleaned away/)
  t.ok(isMounted(path))
  await other.ok('unmount', path)
})
