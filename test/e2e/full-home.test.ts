/**
 * A home on a disk that is filled to the last byte, or has no inode left: what frees room works, room
 * comes back, and nothing that was pinned is lost. The disk is a real one in memory.
 */
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, statfsSync, writeFileSync, writeSync } from 'node:fs' // prettier-ignore
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { Kit } from '../support/cli.js'
import { inspect } from '../support/inspect.js'
import { isMounted, mounted, sh, skipWithoutMount } from '../support/mount.js'
import { tempFolder } from '../support/temp.js'

const MIB = 1 << 20

interface Small {
  readonly folder: string
  readonly disk: string
  readonly kit: Kit
  /** Free bytes of the disk. */
  readonly free: () => number
  /** Takes all room of the disk. */
  readonly fill: () => void
}

async function small(t: Test, options = 'size=64m'): Promise<Small> {
  const folder = tempFolder(t, 'full')
  const disk = join(folder, 'disk')
  mkdirSync(disk)
  await sh('mount -t tmpfs -o "$2,mode=700" ipfs-kit-test "$1"', disk, options)
  t.teardown(() => sh('umount "$1"', disk))
  const free = (): number => statfsSync(disk).bavail * statfsSync(disk).bsize
  const fill = (): void => fillUp(join(disk, 'other'))
  return { folder, disk, kit: new Kit(join(disk, 'home')), free, fill }
}

/** Writes a file until not a byte more fits on its disk. */
function fillUp(path: string): void {
  const fd = openSync(path, 'a')
  try {
    for (let piece = MIB; piece >= 1; piece = piece > 1 ? piece >> 1 : 0)
      for (;;)
        try {
          writeSync(fd, Buffer.alloc(piece, 1))
        } catch (error) {
          if ((error as { code?: string }).code !== 'ENOSPC') throw error
          break
        }
  } finally {
    closeSync(fd)
  }
}

/** Makes a folder of files with random bytes. */
function tree(folder: string, name: string, files: number, bytes: number): string {
  const path = join(folder, name)
  mkdirSync(path)
  for (let i = 0; i < files; i++) writeFileSync(join(path, `f${i}`), randomBytes(bytes))
  return path
}

t.test(
  'threats 54: on a disk without a free byte pin rm and gc free the room of large files',
  { ...skipWithoutMount, timeout: 120_000 },
  async (t) => {
    const { folder, kit, free, fill } = await small(t)
    const kept = await kit.add(tree(folder, 'kept', 30, 20_000))
    const large = await kit.add(tree(folder, 'large', 5, 5 * MIB))
    fill()
    t.equal(free(), 0)
    t.equal((await kit.run(['add', folder])).code, 1, 'nothing can be added')
    t.equal(await kit.ok('pin', 'rm', '-q', large), large)
    const { freed_bytes: freed } = await kit.json<{ freed_bytes: number }>('gc')
    t.ok(freed > 25 * MIB, `${freed} bytes freed`)
    t.ok(free() > 24 * MIB)
    const { problems, pins } = await inspect(kit.home)
    t.same(problems, [])
    t.same([...pins], [kept])
    t.match(await kit.json('fsck', '--read-data'), { bad: [], missing: [] })
    t.match(await kit.json('gc'), { freed_bytes: 0 })
    fill()
    await kit.ok('pin', 'rm', kept)
    t.match(await kit.json('gc'), { kept_blocks: 0 }, 'room was kept in reserve again')
  }
)

t.test(
  'threats 54: blocks that share a pack with garbage are moved as room comes back',
  { ...skipWithoutMount, timeout: 120_000 },
  async (t) => {
    const { folder, kit, free, fill } = await small(t)
    // One pack of small blocks, of which only a part stays.
    const both = join(folder, 'both')
    mkdirSync(both)
    tree(both, 'kept', 40, 100_000)
    tree(both, 'garbage', 100, 100_000)
    const root = await kit.add('--no-pin', both)
    await kit.ok('pin', 'add', `${root}/kept`)
    fill()
    const first = await kit.json<{ postponed_bytes: number }>('gc')
    t.ok(first.postponed_bytes > 9 * MIB, 'there is no room to move what stays')
    t.match((await kit.run(['gc'])).stdout.toString(), /more can be freed once there is room/)
    t.match(await kit.json('fsck', '--read-data'), { bad: [], missing: [] })
    // Garbage of another pack gives the room.
    rmSync(join(kit.home, '..', 'other'))
    const other = await kit.add(tree(folder, 'more', 60, 100_000))
    fill()
    await kit.ok('pin', 'rm', other)
    const second = await kit.json<{ postponed_bytes: number; freed_bytes: number }>('gc')
    t.equal(second.postponed_bytes, 0)
    t.ok(free() > 14 * MIB)
    t.match(await kit.json('fsck', '--read-data'), { bad: [], missing: [] })
    const [pinned] = [...(await inspect(kit.home)).pins]
    t.equal((await kit.bytes('cat', `${pinned}/f3`)).length, 100_000)
  }
)

t.test(
  'threats 54: on a full disk the cache is cleared, the mount goes, status and doctor answer',
  { ...skipWithoutMount, timeout: 120_000 },
  async (t) => {
    const { folder, disk, kit, free, fill } = await small(t)
    const elsewhere = new Kit(join(folder, 'elsewhere'))
    const cid = await elsewhere.add(tree(folder, 'remote', 60, 200_000))
    const shelf = join(folder, 'shelf')
    mkdirSync(shelf)
    await elsewhere.ok('car', 'export', cid, '-o', join(shelf, 'a.car'))
    await kit.ok('backend', 'add', 'shelf', '--type', 'filesystem', '--path', shelf)
    const fetching = ['--cache-size', '32MB']
    const path = await mounted(t, kit, folder, ...fetching)
    await sh('cat "$1"/ipfs/"$2"/* > /dev/null', path, cid)
    await kit.ok('cache', 'stats')
    for (const isServed of [true, false]) {
      if (!isServed) {
        await kit.ok('mount', path, ...fetching)
        rmSync(join(disk, 'other'))
        await sh('cat "$1"/ipfs/"$2"/* > /dev/null', path, cid)
        await kit.ok('unmount', path)
      }
      fill()
      t.equal(free(), 0)
      t.match(await kit.json('status'), { success: true })
      const doctor = await kit.json<{ checks: { check: string; ok: boolean }[] }>('doctor')
      t.equal(doctor.checks.find(({ check }) => check === 'free space')?.ok, false)
      if (isServed) await sh('cat "$1"/ipfs/"$2"/f1 > /dev/null', path, cid)
      const cleared = await kit.json<{ freed_bytes: number }>('cache', 'clear')
      t.ok(cleared.freed_bytes > 10 * MIB, `${cleared.freed_bytes} bytes of the cache`)
      t.ok(free() > 10 * MIB)
      if (isServed) await kit.ok('unmount', path)
      t.notOk(isMounted(path))
    }
    t.same(readdirSync(join(kit.home, 'cache', 'objects')), [])
  }
)

t.test(
  'threats 54: without an inode left pins are removed and garbage goes',
  { ...skipWithoutMount, timeout: 120_000 },
  async (t) => {
    const { folder, disk, kit } = await small(t, 'size=64m,nr_inodes=400')
    const kept = await kit.add(tree(folder, 'kept', 30, 20_000))
    const large = await kit.add(tree(folder, 'large', 5, 3 * MIB))
    mkdirSync(join(disk, 'empty'))
    for (let i = 0; statfsSync(disk).ffree > 0; i++) writeFileSync(join(disk, 'empty', `${i}`), '')
    await kit.ok('pin', 'rm', large)
    const { freed_bytes: freed } = await kit.json<{ freed_bytes: number }>('gc')
    t.ok(freed > 14 * MIB, `${freed} bytes freed`)
    t.same((await inspect(kit.home)).problems, [])
    t.same(await kit.ok('pin', 'ls', '-q'), kept)
  }
)

t.test(
  'threats 54: a damaged log of pins is repaired from the reserve, or stays until there is room',
  { ...skipWithoutMount, timeout: 120_000 },
  async (t) => {
    for (const hasReserve of [true, false]) {
      const { folder, disk, kit, fill } = await small(t)
      const kept = await kit.add(tree(folder, 'kept', 30, 20_000))
      const blocks = join(kit.home, 'blocks')
      writeFileSync(join(blocks, 'pins.log'), Buffer.alloc(200, 7))
      if (!hasReserve) rmSync(join(blocks, 'reserve'))
      fill()
      if (hasReserve) await kit.ok('fsck', '--repair')
      else {
        t.not((await kit.run(['fsck', '--repair'])).code, 0, 'there is no room for a log')
        t.not((await kit.run(['gc'])).code, 0, 'nobody knows what is pinned')
        rmSync(join(disk, 'other'))
        await kit.ok('fsck', '--repair')
      }
      await kit.ok('gc')
      t.same(await kit.ok('pin', 'ls', '-q'), kept)
      t.match(await kit.json('fsck', '--read-data'), { bad: [], missing: [] })
    }
  }
)
