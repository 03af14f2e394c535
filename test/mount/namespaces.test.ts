/** Commands in other mount namespaces and in containers than the engine. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Kit, runProgram, type Run } from '../support/cli.js'
import { holdInNamespace, isAlive, unshared, until } from '../support/holder.js'
import { isMounted, skipWithoutMount } from '../support/mount.js'
import { homeWithFile, type Status } from '../support/mounted-home.js'
import { MAIN } from '../support/paths.js'

/** Arguments of `unshare`: a script follows, which sees its own mounts and processes alone. */
const IN_CONTAINER = ['-m', '-p', '-f', '--mount-proc', 'sh', '-c']

/** Runs a command of a home in the mount namespace of a process. */
const inside = (pid: number, kit: Kit, ...args: string[]): Promise<Run> =>
  runProgram('nsenter', ['-t', String(pid), '-m', process.execPath, MAIN, ...args], {
    env: { IPFS_KIT_HOME: kit.home }
  })

t.test('a mount that the caller would not see is refused', skipWithoutMount, async (t) => {
  const { kit, folder, pids, paths } = await homeWithFile(t)
  const path = join(folder, 'mnt')
  const second = join(folder, 'second')
  for (const one of [path, second]) {
    mkdirSync(one)
    t.teardown(() => kit.run(['unmount', '--force', one]))
  }
  const other = await unshared(t, folder)
  await kit.ok('mount', path)
  const engine = (await pids())[1]!
  const { code, stderr } = await inside(other.pid, kit, 'mount', second)
  t.equal(code, 1)
  t.match(stderr, new RegExp(`process ${engine} of another mount namespace.*nsenter -t ${engine}`))
  t.notOk(isMounted(second))
  t.same(await paths(), [path], 'nothing else was mounted')
  const seen = JSON.parse(
    (await inside(other.pid, kit, 'status', '--json')).stdout.toString()
  ) as Status
  t.same(
    seen.mounts.filter(({ home }) => home === kit.home),
    []
  )
  t.match(seen.elsewhere, [{ path, home: kit.home }])
  t.match((await inside(other.pid, kit, 'unmount', path)).stderr, /not mounted/)
  await kit.ok('unmount', path)

  const made = await inside(other.pid, kit, 'mount', second)
  t.equal(made.code, 0, `an engine that begins there mounts there: ${made.stderr}`)
  t.notOk(isMounted(second))
  t.equal((await inside(other.pid, kit, 'unmount', second)).code, 0)
})

t.test(
  'unmounting in another namespace leaves the mount elsewhere',
  skipWithoutMount,
  async (t) => {
    const { kit, folder, cid, pids } = await homeWithFile(t)
    const path = join(folder, 'mnt')
    mkdirSync(path)
    t.teardown(() => kit.run(['unmount', '--force', path]))
    await kit.ok('mount', path)
    const behind = await pids()
    for (const flags of [[], ['--force']]) {
      const other = await unshared(t, folder)
      const gone = await inside(other.pid, kit, 'unmount', ...flags, path)
      t.equal(gone.code, 0, gone.stderr)
      const table = readFileSync(`/proc/${other.pid}/mountinfo`, 'utf8')
      t.notOk(table.includes(` ${path} `))
      t.equal(readFileSync(join(path, 'ipfs', cid), 'utf8'), 'held\n')
      await other.letGo()
    }
    await kit.ok('unmount', path)
    await until('the processes end', () => !behind.some(isAlive))
  }
)

t.test(
  'a container that sees neither the home nor the engine takes a mount for living',
  skipWithoutMount,
  async (t) => {
    const { kit, folder, cid, pids } = await homeWithFile(t)
    const path = join(folder, 'mnt')
    mkdirSync(path)
    t.teardown(() => kit.run(['unmount', '--force', path]))
    await kit.ok('mount', path)
    const behind = await pids()
    const script = [
      'mount -t tmpfs hidden "$1"',
      'export IPFS_KIT_HOME=/tmp/ipfs-kit-$$',
      'trap "rm -rf $IPFS_KIT_HOME" EXIT',
      '"$3" "$4" status',
      '"$3" "$4" mount "$2" 2>&1 && exit 1',
      '"$3" "$4" unmount --force "$2"'
    ].join('\n')
    const { stdout } = await runProgram('unshare', [
      ...IN_CONTAINER,
      script,
      'sh',
      kit.home,
      path,
      process.execPath,
      MAIN
    ])
    const out = stdout.toString()
    t.match(out, new RegExp(`${path}  its engine .* cannot be seen from here`))
    t.match(out, /mounted already, by an engine that cannot be seen from here/)
    t.match(out, `unmounted ${path}`)
    t.equal(readFileSync(join(path, 'ipfs', cid), 'utf8'), 'held\n', 'outside it is served on')
    await kit.ok('unmount', path)
    await until('the processes end', () => !behind.some(isAlive))
  }
)

t.test(
  'a holder that its process namespace hides is said to be one that cannot be seen',
  skipWithoutMount,
  async (t) => {
    const { kit, folder } = await homeWithFile(t)
    const path = join(folder, 'mnt')
    mkdirSync(path)
    const marks = { mounted: join(folder, 'mounted'), held: join(folder, 'held') }
    // The engine and its commands live in a container; who holds the mount is outside of it.
    const script = [
      '"$2" "$3" mount "$1" && : > "$4"',
      'while [ ! -e "$5" ]; do sleep 0.05; done',
      '"$2" "$3" unmount "$1" 2>&1; echo "exit $?"',
      '"$2" "$3" unmount --force "$1" 2>&1; echo "exit $?"'
    ].join('\n')
    let container = 0
    const run = runProgram(
      'unshare',
      [...IN_CONTAINER, script, 'sh', path, process.execPath, MAIN, marks.mounted, marks.held],
      { env: { IPFS_KIT_HOME: kit.home }, onStart: ({ pid }) => (container = pid!) }
    )
    await until('it is mounted', () => existsSync(marks.mounted))
    const [first] = readFileSync(`/proc/${container}/task/${container}/children`, 'utf8').split(' ')
    await holdInNamespace(
      t,
      folder,
      'nsenter',
      '-t',
      first!,
      '-m',
      'unshare',
      '-m',
      '--propagation',
      'private'
    )
    writeFileSync(marks.held, '')
    const out = (await run).stdout.toString()
    t.match(out, new RegExp(`unmounted ${path}\n.*held by a process that cannot be seen.*\nexit 0`))
    t.match(out, new RegExp(`unmounted ${path}\nexit 0\n$`))
  }
)
