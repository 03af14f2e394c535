/**
 * A mount that others hold while it is taken away: another mount namespace, a bind mount, an open
 * file. The path is free at once, they are served until they let go, and then nothing is left.
 * HELD_ROUNDS sets how often it is mounted again meanwhile.
 */
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { runProgram } from '../support/cli.js'
import { holdInNamespace, isAlive, unshared, until } from '../support/holder.js'
import { isMounted, sh, skipWithoutMount } from '../support/mount.js'
import { homeWithFile, type MountedHome } from '../support/mounted-home.js'

/** Number of the system call `read`. */
const READ = process.arch === 'arm64' ? 63 : 0

const ROUNDS = Number(process.env['HELD_ROUNDS'] ?? 50)

interface Ground extends MountedHome {
  readonly path: string
}

async function ground(t: Test): Promise<Ground> {
  const home = await homeWithFile(t)
  const path = join(home.folder, 'mnt')
  mkdirSync(path)
  t.teardown(() => home.kit.run(['unmount', '--force', path]))
  return { ...home, path }
}

const readIn = async (pid: number, path: string): Promise<string> =>
  (await runProgram('nsenter', ['-t', String(pid), '-m', 'cat', path])).stdout.toString()

for (const driver of ['raw', 'fuse-native'])
  t.test(
    `a mount that another namespace holds is unmounted and mounted again: ${driver}`,
    { ...skipWithoutMount, timeout: 120_000 },
    async (t) => {
      const { kit, folder, path, cid, status, pids } = await ground(t)
      const file = join(path, 'ipfs', cid)
      await kit.ok('mount', path, '--driver', driver)
      const behind = await pids()
      const holder = await unshared(t, folder)
      const { code, stdout, stderr } = await kit.run(['unmount', path])
      t.equal(code, 0)
      t.equal(stdout.toString(), `unmounted ${path}\n`)
      t.match(stderr, new RegExp(`^[^\\n]*held by process ${holder.pid} \\(sleep\\)[^\\n]*\\n$`))
      t.notOk(isMounted(path))
      const { held } = await status()
      t.match(
        held.find(({ home }) => home === kit.home),
        { path, holders: [{ pid: holder.pid }] }
      )
      t.match((await kit.run(['unmount', path])).stderr, new RegExp(`not mounted.*${holder.pid}`))

      await kit.ok('mount', path, '--driver', driver)
      t.same(await pids(), behind, 'by the same engine')
      t.equal(readFileSync(file, 'utf8'), 'held\n')
      t.equal(await readIn(holder.pid, file), 'held\n', 'the former one is served')
      await kit.ok('unmount', '--force', path)
      t.notOk(isMounted(path))
      t.equal(await readIn(holder.pid, file), 'held\n', 'force is for the mount at the path')
      await holder.letGo()
      await until('the processes end', () => !behind.some(isAlive))
    }
  )

/** Threads of an engine that wait for requests of a mount. */
const waiting = (engine: number): number =>
  readdirSync(`/proc/${engine}/task`).filter((thread) => {
    const [call, descriptor] = readFileSync(`/proc/${engine}/task/${thread}/syscall`, 'utf8').split(
      ' '
    )
    if (Number(call) !== READ) return false
    return readlinkSync(`/proc/${engine}/fd/${Number(descriptor)}`) === '/dev/fuse'
  }).length

t.test('a mount that is only held makes do with one thread', skipWithoutMount, async (t) => {
  const { kit, folder, path, cid, pids } = await ground(t)
  await kit.ok('mount', path)
  const [, engine = 0] = await pids()
  await until('two threads wait', () => waiting(engine) === 2)
  const holder = await unshared(t, folder)
  await kit.ok('unmount', path)
  await until('one thread waits', () => waiting(engine) === 1)
  t.equal(await readIn(holder.pid, join(path, 'ipfs', cid)), 'held\n')
  await holder.letGo()
  await until('the engine ends', () => !isAlive(engine))
})

t.test('`unmount --force` ends what others hold', skipWithoutMount, async (t) => {
  const { kit, folder, path, cid, pids } = await ground(t)
  await kit.ok('mount', path)
  const behind = await pids()
  const holder = await unshared(t, folder)
  await kit.ok('unmount', path)
  await kit.ok('unmount', '--force', path)
  t.notOk(behind.some(isAlive), 'its processes are gone')
  t.equal(await readIn(holder.pid, join(path, 'ipfs', cid)), '', 'and the holder gets an error')
})

t.test(
  '`daemon stop` of an engine that somebody holds says so, and it ends with him',
  skipWithoutMount,
  async (t) => {
    const { kit, folder, path, pids } = await ground(t)
    await kit.ok('daemon', 'start')
    await kit.ok('mount', path)
    const behind = await pids()
    const holder = await unshared(t, folder)
    await kit.ok('unmount', path)
    t.match((await kit.run(['daemon', 'stop'])).stderr, /still holds it/)
    await holder.letGo()
    await until('the processes end', () => !behind.some(isAlive))
  }
)

t.test('an open file outlives `umount -l`, beside a new mount', skipWithoutMount, async (t) => {
  const { kit, path, cid, pids } = await ground(t)
  await kit.ok('mount', path, '--open', 'none')
  const behind = await pids()
  const fd = openSync(join(path, 'ipfs', cid), 'r')
  t.match((await kit.run(['unmount', path])).stderr, new RegExp(`in use.*${process.pid} \\(`))
  await sh('umount -l "$1"', path)
  await kit.ok('mount', path)
  t.same(await pids(), behind)
  const bytes = Buffer.alloc(9)
  t.equal(bytes.toString('utf8', 0, readSync(fd, bytes, 0, 9, 0)), 'held\n')
  await kit.ok('unmount', path)
  t.ok(behind.every(isAlive), 'the engine waits for the file')
  closeSync(fd)
  await until('the processes end', () => !behind.some(isAlive))
})

t.test('bind mounts are shown as such, and taken away alone', skipWithoutMount, async (t) => {
  const { kit, folder, path, cid, status, pids } = await ground(t)
  const whole = join(folder, 'whole')
  const part = join(folder, 'part')
  const file = join(folder, 'single file')
  mkdirSync(whole)
  mkdirSync(part)
  writeFileSync(file, '')
  t.teardown(() => sh('umount -l "$@" || true', whole, part, file))
  await kit.ok('mount', path)
  const behind = await pids()
  await sh(
    'mount --bind "$1" "$2" && mount --bind "$1/ipfs" "$3" && mount --bind "$1/ipfs/$5" "$4"',
    path,
    whole,
    part,
    file,
    cid
  )
  const before = await status()
  t.same(before.stale, [])
  t.same(before.binds.map((bind) => bind.path).sort(), [part, file, whole].sort())
  t.ok(before.binds.every(({ of }) => of === path))
  t.match((await kit.run(['status'])).stdout.toString(), `${part}  shows ${path}`)
  t.match((await kit.run(['mount', part])).stderr, /mounted already/, 'a living one is left alone')
  await kit.ok('unmount', '--force', file)
  t.equal(readFileSync(join(path, 'ipfs', cid), 'utf8'), 'held\n', 'what was bound is served on')
  const { code, stderr } = await kit.run(['unmount', path])
  t.equal(code, 0)
  t.match(stderr, part)
  t.equal(readFileSync(join(part, cid), 'utf8'), 'held\n')
  t.match(
    (await status()).mounts.find(({ home }) => home === kit.home),
    { path: whole },
    'as if moved'
  )
  await kit.ok('mount', path)
  t.same(await pids(), behind)
  for (const one of [path, whole, part]) await kit.ok('unmount', one)
  await until('the processes end', () => !behind.some(isAlive))
})

t.test(
  'an unmount that spreads to other namespaces leaves what they use',
  skipWithoutMount,
  async (t) => {
    const { kit, folder, path, cid, pids } = await ground(t)
    // A peer group of its own: what is mounted below it spreads.
    await sh('mount --bind "$1" "$1" && mount --make-shared "$1"', folder)
    t.teardown(() => sh('umount -l "$1"', folder))
    await kit.ok('mount', path)
    const behind = await pids()
    const sleeper = await holdInNamespace(
      t,
      folder,
      'unshare',
      '-m',
      '--propagation',
      'slave',
      'sh',
      '-c',
      'cd "$0" && exec "$@"',
      join(path, 'ipfs')
    )
    const { code, stderr } = await kit.run(['unmount', path])
    t.equal(code, 0, stderr)
    t.match(stderr, new RegExp(`held by process ${sleeper.pid} `))
    const inside = await runProgram('cat', [`/proc/${sleeper.pid}/cwd/${cid}`])
    t.equal(inside.stdout.toString(), 'held\n')
    await sleeper.letGo()
    await until('the processes end', () => !behind.some(isAlive))
  }
)

t.test(
  `threats 75: namespaces, bind mounts and open files hold what is mounted ${ROUNDS} times`,
  { ...skipWithoutMount, timeout: 600_000 },
  async (t) => {
    const { kit, folder, path, cid, pids } = await ground(t)
    const network = `ipfs-kit-${process.pid}`
    await sh('ip netns add "$1"', network)
    t.teardown(() => sh('ip netns del "$1"', network))
    const file = join(path, 'ipfs', cid)
    const release: (() => unknown)[] = []
    const holds: (() => Promise<void>)[] = [
      async () => {
        const holder = await unshared(t, folder)
        release.push(() => holder.letGo())
      },
      async () => {
        const holder = await holdInNamespace(t, folder, 'ip', 'netns', 'exec', network)
        release.push(() => holder.letGo())
      },
      async () => {
        const bind = join(folder, `bind ${release.length}`)
        mkdirSync(bind)
        await sh('mount --bind "$1/ipfs" "$2"', path, bind)
        release.push(() => sh('umount "$1"', bind))
      },
      async () => {
        const fd = openSync(file, 'r')
        release.push(() => closeSync(fd))
        await sh('umount -l "$1"', path)
      }
    ]
    t.teardown(() => Promise.all(release.map((letGo) => letGo())))
    let behind: readonly number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const made = await kit.run(['mount', path])
      t.equal(made.code, 0, `round ${round}: ${made.stderr}`)
      if (round === 0) behind = await pids()
      t.equal(readFileSync(file, 'utf8'), 'held\n')
      await holds[round % holds.length]!()
      if (!isMounted(path)) continue
      const gone = await kit.run(['unmount', path])
      t.equal(gone.code, 0, `round ${round}: ${gone.stderr}`)
      t.notOk(isMounted(path))
    }
    t.ok(behind.every(isAlive))
    for (const letGo of release.splice(0)) await letGo()
    await until('no process is left', () => !behind.some(isAlive))
  }
)
