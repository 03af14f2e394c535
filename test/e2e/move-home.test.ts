/** A home that is copied, moved or upgraded keeps what was in it; a copy moves what is stored, not more. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { Kit, runProgram } from '../support/cli.js'
import { isMounted, mounted, sh, skipWithoutMount } from '../support/mount.js'
import { ROOT } from '../support/paths.js'
import { tempFolder } from '../support/temp.js'

const rsync = await runProgram('rsync', ['--version']).then(
  () => false as const,
  () => 'rsync is not installed'
)

interface Filled {
  readonly folder: string
  readonly kit: Kit
  readonly pinned: string
  /** A file that only the cache has. */
  readonly cached: string
  readonly bytes: number
}

/** Makes a home with a pinned folder, and a file that was fetched into its cache. */
async function filled(t: Test): Promise<Filled> {
  const folder = tempFolder(t, 'move')
  const source = join(folder, 'source')
  mkdirSync(source)
  for (let i = 0; i < 20; i++) writeFileSync(join(source, `f${i}`), randomBytes(300_000))
  const kit = new Kit(join(folder, 'home'))
  const pinned = await kit.add(source)
  const elsewhere = new Kit(join(folder, 'elsewhere'))
  writeFileSync(join(folder, 'other'), randomBytes(3_000_000))
  const cached = await elsewhere.add(join(folder, 'other'))
  const shelf = join(folder, 'shelf')
  mkdirSync(shelf)
  await elsewhere.ok('car', 'export', cached, '-o', join(shelf, 'a.car'))
  await kit.ok('backend', 'add', 'shelf', '--type', 'filesystem', '--path', shelf)
  await kit.ok('cat', cached)
  await kit.ok('backend', 'rm', 'shelf')
  return { folder, kit, pinned, cached, bytes: 20 * 300_000 + 3_000_000 }
}

/** Checks that a home has all that was in the one it was made of. */
async function check(t: Test, kit: Kit, { pinned, cached }: Filled): Promise<void> {
  t.equal(await kit.ok('pin', 'ls', '-q'), pinned)
  t.match(await kit.json('fsck', '--read-data'), { bad: [], missing: [] })
  t.equal((await kit.bytes('cat', `${pinned}/f7`)).length, 300_000)
  await kit.ok('cache', 'stats')
  t.equal((await kit.bytes('cat', cached)).length, 3_000_000, 'what was cached is still here')
}

/** Bytes that the files of a folder seem to have. */
function apparentBytes(folder: string): number {
  let bytes = 0
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const stat = lstatSync(join(folder, name))
    if (stat.isFile()) bytes += stat.size
  }
  return bytes
}

t.test(
  'a copy by rsync moves what is stored, and is a home',
  { skip: rsync, timeout: 120_000 },
  async (t) => {
    const was = await filled(t)
    const copy = join(was.folder, 'copy')
    await sh('rsync -a "$1"/ "$2"/', was.kit.home, copy)
    const more = apparentBytes(copy) - was.bytes
    t.ok(more < 4 << 20, `${more} bytes more than the content`)
    await check(t, new Kit(copy), was)
  }
)

t.test(
  'a home is copied while it is mounted',
  { ...skipWithoutMount, timeout: 120_000 },
  async (t) => {
    const was = await filled(t)
    const path = await mounted(t, was.kit, was.folder)
    const copy = join(was.folder, 'copy')
    await sh('cp -a "$1" "$2"', was.kit.home, copy)
    const kit = new Kit(copy)
    t.match(await kit.json('status'), { engine: null }, 'the copy has no engine')
    await check(t, kit, was)
    t.ok(isMounted(path))
    await was.kit.ok('unmount', path)
  }
)

t.test(
  'a home is moved while its mount is stale, and mounted again at the same path',
  { ...skipWithoutMount, timeout: 120_000 },
  async (t) => {
    const was = await filled(t)
    const path = await mounted(t, was.kit, was.folder)
    const { mounts } = await was.kit.json<{ mounts: { pids: number[] }[] }>('status')
    // The supervisor must not see the engine end, or it takes the mount away.
    for (const signal of ['SIGSTOP', 'SIGKILL'] as const)
      for (const pid of mounts[0]!.pids) process.kill(pid, signal)
    const moved = join(was.folder, 'moved')
    renameSync(was.kit.home, moved)
    const kit = new Kit(moved)
    const { stdout } = await kit.run(['doctor'])
    t.match(stdout.toString(), new RegExp(`mount ${path} +stale: .*ipfs-kit unmount ${path}`))
    await check(t, kit, was)
    await kit.ok('mount', path)
    t.equal(await sh('head -c 5 "$1"/ipfs/"$2"/f1 | wc -c', path, was.pinned), '5\n')
    await kit.ok('unmount', path)
    t.notOk(isMounted(path))
    t.notOk(existsSync(was.kit.home), 'the old home is not made again')
  }
)

t.test(
  'a home that is moved while it is mounted is told of, with what to do',
  { ...skipWithoutMount, timeout: 120_000 },
  async (t) => {
    const was = await filled(t)
    const path = await mounted(t, was.kit, was.folder)
    const kit = new Kit(join(was.folder, 'moved'))
    renameSync(was.kit.home, kit.home)
    const told = `the home ${was.kit.home} was moved or removed while it is mounted at ${path}; say \`ipfs-kit unmount --force ${path}\``
    writeFileSync(join(was.folder, 'new'), 'new')
    for (const words of [
      ['metrics'],
      ['cache', 'stats'],
      ['daemon', 'status'],
      ['mount', join(was.folder, 'second')],
      ['add', join(was.folder, 'new')]
    ])
      t.match(await kit.run(words), { code: 1, stderr: told }, words.join(' '))
    t.match(await kit.run(['status']), { code: 0, stderr: told })
    await kit.ok('unmount', '--force', path)
    const logs = readdirSync(kit.home, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('log') && !name.endsWith('pins.log'))
      .map((name) => readFileSync(join(kit.home, name), 'utf8'))
    t.ok(logs.length > 0)
    t.notMatch(logs.join(''), / at \S+ \(|node:internal/, 'no stack')
    await check(t, kit, was)
  }
)

t.test(
  'a home of the version before opens, with its pins and its cache',
  { timeout: 60_000 },
  async (t) => {
    const folder = tempFolder(t, 'upgrade')
    const archive = join(ROOT, 'test/fixtures/homes/home-0.1.tar.gz')
    await sh('tar -xzf "$1" -C "$2"', archive, folder)
    const kit = new Kit(join(folder, 'home'))
    const folderCid = 'bafybeiaexvaadd23wcsnat4nsrybmpieep7pzv7qcqspj2swgxjfbd46mq'
    const cached = 'bafkreibecghpjvecn62zrfd5fbpvxlikfexj5mcvgzw2sbpwlnlsnycbji'
    t.equal((await kit.bytes('cat', cached)).toString(), 'from elsewhere\n')
    t.equal((await kit.bytes('cat', `${folderCid}/f2`)).toString(), 'file 2\n')
    t.match(await kit.json('pin', 'ls'), { pins: [{ cid: folderCid }, { name: 'named' }] })
    t.match(await kit.json('fsck', '--read-data'), { bad: [], missing: [], blocks: 6 })
    t.match(await kit.json('gc'), { removed_blocks: 1, kept_blocks: 5 })
    t.match(await kit.json('cache', 'stats'), { cache: { disk: { blocks: 1 } } })
    t.equal((await kit.bytes('cat', `${folderCid}/large`)).length, 600_000)
  }
)
