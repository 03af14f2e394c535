/** An engine without a mount: it stays until it is told to leave, and keeps the settings it was started with. */
import { mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { Kit } from '../support/cli.js'
import { isMounted, mounted, skipWithoutMount } from '../support/mount.js'
import { tempFolder } from '../support/temp.js'

interface Status {
  readonly running: boolean
  readonly engine: { readonly pid: number; readonly mounts: readonly unknown[] } | null
}

t.test('daemon start, status, stop', { timeout: 60_000 }, async (t) => {
  const folder = tempFolder(t, 'daemon')
  const kit = new Kit(join(folder, 'home'))
  t.teardown(() => kit.run(['daemon', 'stop']))
  t.equal((await kit.run(['daemon', 'status'])).code, 1)
  const { pid } = await kit.json<{ pid: number; was_running: boolean }>('daemon', 'start')
  t.match(await kit.json<Status>('daemon', 'status'), { running: true, engine: { pid } })
  t.match(await kit.json('daemon', 'start'), { pid, was_running: true })
  writeFileSync(join(folder, 'file'), 'through the owner')
  const cid = await kit.add(join(folder, 'file'))
  t.equal(await kit.ok('cat', cid), 'through the owner')
  t.match(await kit.json('daemon', 'stop'), { was_running: true })
  t.match(await kit.json<Status>('daemon', 'status'), { running: false, engine: null })
  t.match(await kit.json('daemon', 'stop'), { was_running: false })
})

t.test('a log that has grown is begun anew', { timeout: 60_000 }, async (t) => {
  const folder = tempFolder(t, 'daemon')
  const kit = new Kit(join(folder, 'home'))
  t.teardown(() => kit.run(['daemon', 'stop']))
  const log = join(kit.home, 'run', 'engine.log')
  await kit.ok('daemon', 'start')
  await kit.ok('daemon', 'stop')
  truncateSync(log, 5 << 20)
  await kit.ok('daemon', 'start')
  t.ok(statSync(log).size < 1 << 20)
  t.equal(statSync(`${log}.1`).size, 5 << 20)
})

t.test(
  'the log tells of start, mounts and end, and of processes that were killed',
  { ...skipWithoutMount, timeout: 60_000 },
  async (t) => {
    const folder = tempFolder(t, 'daemon')
    const kit = new Kit(join(folder, 'home'))
    const path = await mounted(t, kit, folder)
    const log = join(kit.home, 'run', `mount-${path.slice(1).replaceAll('/', '-')}.log`)
    const line = async (pattern: RegExp): Promise<void> => {
      while (!pattern.test(readFileSync(log, 'utf8'))) await delay(20)
      t.match(readFileSync(log, 'utf8'), pattern)
    }
    const pids = async (): Promise<number[]> =>
      (await kit.json<{ mounts: { pids: number[] }[] }>('status')).mounts[0]!.pids
    await kit.ok('unmount', path)
    await line(/Z info {2}the engine of .*home has started: version \d.*, process \d+\n/)
    await line(/Z info {2}mounted .*mnt\n.*Z info {2}unmounted .*mnt\n.*is stopping/)

    await kit.ok('mount', path)
    const [, engine] = await pids()
    process.kill(engine!, 'SIGKILL')
    await line(/Z error the engine of .*home ended before it was told to \(SIGKILL\); its mounts/)
    while (isMounted(path)) await delay(20)

    await kit.ok('mount', path)
    const [supervisor] = await pids()
    process.kill(supervisor!, 'SIGKILL')
    await line(/Z error the supervisor of .*home ended before it was told to; the mounts are/)
    while (isMounted(path)) await delay(20)
  }
)

t.test('mounts come and go while it stays', { ...skipWithoutMount, timeout: 60_000 }, async (t) => {
  const folder = tempFolder(t, 'daemon')
  const kit = new Kit(join(folder, 'home'))
  t.teardown(() => kit.run(['daemon', 'stop']))
  await kit.ok('daemon', 'start')
  const path = await mounted(t, kit, folder)
  const refused = await kit.run(['daemon', 'stop'])
  t.equal(refused.code, 1)
  t.match(refused.stderr, new RegExp(`${path} is mounted; unmount`))
  await kit.ok('unmount', path)
  t.match(await kit.json<Status>('daemon', 'status'), { running: true, engine: { mounts: [] } })
  await kit.ok('daemon', 'stop')
})

t.test(
  'a second mount that asks for other settings than the engine has is told',
  { ...skipWithoutMount, timeout: 60_000 },
  async (t) => {
    const folder = tempFolder(t, 'settings')
    const kit = new Kit(join(folder, 'home'))
    await mounted(t, kit, folder)
    const second = join(folder, 'second')
    mkdirSync(second)
    t.teardown(() => kit.run(['unmount', '--force', second]))
    const same = await kit.run(['mount', second])
    t.equal(same.stderr, '', 'the same settings are nothing to tell')
    await kit.ok('unmount', second)
    const other = await kit.run(['mount', second, '--offline', '--cache-size', '1GB'])
    t.equal(other.code, 0)
    t.match(other.stderr, /--offline: on was requested, off is in use/)
    t.match(other.stderr, /--cache-size.*: 1000000000 was requested, auto is in use/)
    await kit.ok('unmount', second)
    // The driver is each mount's own.
    const driver = await kit.json<{ driver: string }>('mount', second, '--driver', 'fuse-native')
    t.equal(driver.driver, 'fuse-native')
    t.match(readFileSync('/proc/self/mountinfo', 'utf8'), second)
  }
)
