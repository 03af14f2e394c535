/**
 * Mountpoints in odd places: behind links, under odd names, in folders that are moved or go away,
 * and on top of each other.
 */
import { mkdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { isAlive, until } from '../support/holder.js'
import { isMounted, sh, skipWithoutMount } from '../support/mount.js'
import { MAIN } from '../support/paths.js'
import { homeWithFile } from '../support/mounted-home.js'

t.test('a link to a mountpoint is followed by every command', skipWithoutMount, async (t) => {
  const { kit, folder, cid, status, paths } = await homeWithFile(t)
  const disk = join(folder, 'disks', 'disk')
  mkdirSync(disk, { recursive: true })
  mkdirSync(join(folder, 'elsewhere'))
  t.teardown(() => kit.run(['unmount', '--force', disk]))
  symlinkSync(join('disks', 'disk'), join(folder, 'link'))
  symlinkSync(join(folder, 'link'), join(folder, 'elsewhere', 'second'))
  symlinkSync(join(folder, 'disks'), join(folder, 'elsewhere', 'disks'))
  const spellings = [
    'link',
    'link/',
    './link//',
    'elsewhere/second',
    'elsewhere/disks/disk/',
    // Above the folder that a link leads to is not the folder that it lies in.
    'elsewhere/disks/../link',
    join(folder, 'elsewhere', '..', 'disks', '.', 'disk')
  ]
  for (const [i, spelling] of spellings.entries()) {
    const made = await kit.run(['mount', spelling], { cwd: folder })
    t.equal(made.stdout.toString(), `mounted at ${disk}\n`, spelling)
    t.same(await paths(), [disk])
    t.same((await status()).stale, [])
    const again = await kit.run(['mount', disk])
    t.match(again.stderr, /mounted already/, 'a living mount is never taken for stale')
    t.equal(readFileSync(join(disk, 'ipfs', cid), 'utf8'), 'held\n')
    const other = spellings[(i + 1) % spellings.length]!
    const gone = await kit.run(['unmount', other], { cwd: folder })
    t.equal(gone.stdout.toString(), `unmounted ${disk}\n`, other)
    t.notOk(isMounted(disk))
  }
  symlinkSync('loop', join(folder, 'loop'))
  t.match((await kit.run(['mount', join(folder, 'loop')])).stderr, /too many links/)
})

t.test('a mountpoint may have any name', skipWithoutMount, async (t) => {
  const { kit, folder, cid, status, paths } = await homeWithFile(t)
  const names = [
    'with space',
    'tab\tand\nnewline',
    'back\\slash \\040',
    '# hash',
    ' - ',
    'žluťoučký 文'
  ]
  for (const name of names) {
    const path = join(folder, name)
    t.teardown(() => kit.run(['unmount', '--force', path]))
    await kit.ok('mount', path)
    t.same(await paths(), [path])
    t.same((await status()).stale, [])
    t.equal(readFileSync(join(path, 'ipfs', cid), 'utf8'), 'held\n')
    await kit.ok('unmount', path)
    t.same(await paths(), [])
  }
})

t.test('names that are not UTF-8 are seen and taken away', skipWithoutMount, async (t) => {
  const { kit, folder, status, pids } = await homeWithFile(t)
  const path = join(folder, 'mnt')
  mkdirSync(path)
  t.teardown(() => kit.run(['unmount', '--force', path]))
  const raw = (script: string): Promise<string> =>
    sh(
      `cd "$1" && odd="$(printf 'odd\\377\\nx')" && odd="\${odd%x}" && export IPFS_KIT_HOME="$4" && ${script}`,
      folder,
      process.execPath,
      MAIN,
      kit.home
    )
  await kit.ok('mount', path)
  const behind = await pids()
  t.teardown(() => raw('{ umount -l "$1/$odd" 2>/dev/null || true; rmdir "$1/$odd" || true; }'))
  await raw('mkdir "$odd" && mount --bind mnt "$odd"')
  t.same((await status()).binds, [{ path: join(folder, 'odd\ufffd\n'), of: path }])
  t.match(await raw('"$2" "$3" unmount "$1/$odd"'), /^unmounted /)
  t.same((await status()).binds, [])
  t.match(await raw('"$2" "$3" mount "$odd" 2>&1 || true'), /is not UTF-8/)
  await kit.ok('unmount', path)
  await until('the processes end', () => !behind.some(isAlive))
})

t.test('a mount is found where it was moved to', skipWithoutMount, async (t) => {
  const { kit, folder, cid, status, paths, pids } = await homeWithFile(t)
  // Mounts below a shared one cannot be moved.
  await sh('mount --bind "$1" "$1" && mount --make-private "$1"', folder)
  t.teardown(() => sh('umount -l "$1"', folder))
  const [before, after, moved] = ['before', 'after', 'moved'].map((name) => join(folder, name))
  mkdirSync(before!)
  mkdirSync(moved!)
  t.teardown(() => kit.run(['unmount', '--force', join(after!, 'mnt')]))
  t.teardown(() => kit.run(['unmount', '--force', moved!]))
  await kit.ok('mount', join(before!, 'mnt'))
  const behind = await pids()
  renameSync(before!, after!)
  t.same(await paths(), [join(after!, 'mnt')])
  t.same((await status()).stale, [])
  await kit.ok('unmount', join(after!, 'mnt'))
  await until('the processes end', () => !behind.some(isAlive))
  await kit.ok('mount', join(after!, 'mnt'))
  await sh('mount --move "$1" "$2"', join(after!, 'mnt'), moved!)
  t.same(await paths(), [moved])
  t.equal(readFileSync(join(moved!, 'ipfs', cid), 'utf8'), 'held\n')
  await kit.ok('mount', join(after!, 'mnt'))
  t.same((await paths()).sort(), [join(after!, 'mnt'), moved!].sort())
  await kit.ok('unmount', moved!)
  await kit.ok('unmount', join(after!, 'mnt'))
})

t.test('what lies on top of a mount, or in it, is not taken away', skipWithoutMount, async (t) => {
  const { kit, folder, paths } = await homeWithFile(t)
  const path = join(folder, 'mnt')
  t.teardown(() => kit.run(['unmount', '--force', path]))
  await kit.ok('mount', path)
  await sh('mount -t tmpfs above "$1"', path)
  t.same(await paths(), [path])
  for (const flags of [[], ['--force']]) {
    const { code, stderr } = await kit.run(['unmount', ...flags, path])
    t.not(code, 0)
    t.match(stderr, /tmpfs above/)
  }
  await sh('umount "$1" && mount -t tmpfs inside "$1/ipfs"', path)
  t.match((await kit.run(['unmount', path])).stderr, new RegExp(`${path}/ipfs is mounted in`))
  await sh('umount "$1/ipfs"', path)
  await kit.ok('unmount', path)
  t.notOk(isMounted(path))
})

t.test('an engine keeps no folder of its caller busy', skipWithoutMount, async (t) => {
  const { kit, folder, cid } = await homeWithFile(t)
  const disk = join(folder, 'disk')
  const path = join(folder, 'mnt')
  mkdirSync(disk)
  await sh('mount -t tmpfs disk "$1"', disk)
  t.teardown(() => sh('umount -l "$1" 2>/dev/null || true', disk))
  t.teardown(() => kit.run(['unmount', '--force', path]))
  const made = await kit.run(['mount', '../mnt'], { cwd: disk })
  t.equal(made.code, 0, made.stderr)
  await sh('umount "$1"', disk)
  t.equal(readFileSync(join(path, 'ipfs', cid), 'utf8'), 'held\n')
  await kit.ok('unmount', path)

  await sh('mount -t tmpfs disk "$1"', disk)
  const ready = new Promise<void>((resolve) => {
    const onStart = (child: { stdout: NodeJS.ReadableStream | null }): void =>
      void child.stdout?.once('data', () => resolve())
    void kit.run(['mount', path, '--foreground'], { cwd: disk, onStart })
  })
  await ready
  await sh('umount "$1"', disk)
  await kit.ok('unmount', path)
})

t.test('commands work from a folder that was removed', skipWithoutMount, async (t) => {
  const { kit, folder, cid } = await homeWithFile(t)
  const path = join(folder, 'mnt')
  t.teardown(() => kit.run(['unmount', '--force', path]))
  const from = async (...args: string[]): Promise<string> =>
    await sh(
      'mkdir "$1" && cd "$1" && rmdir "$1" && shift && "$@" 2>&1 || true',
      join(folder, 'gone'),
      'env',
      `IPFS_KIT_HOME=${kit.home}`,
      process.execPath,
      MAIN,
      ...args
    )
  t.equal(await from('mount', path), `mounted at ${path}\n`)
  t.match(await from('status'), path)
  t.equal(await from('cat', join(path, 'ipfs', cid)), 'held\n')
  t.equal(await from('unmount', path), `unmounted ${path}\n`)
  t.match(await from('mount', 'relative'), /the current folder was removed; give an absolute path/)
  t.match(await from('unmount', 'relative'), /the current folder was removed/)
})
