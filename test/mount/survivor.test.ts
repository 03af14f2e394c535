/**
 * kill -9 of the engine or of its supervisor: the survivor takes the mount away and ends with
 * an error, readers get an error and never wait, and the same path can be mounted again. Both
 * stopped: `unmount --force` takes them away. SURVIVOR_RUNS sets how often.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { Kit, runProgram } from '../support/cli.js'
import { isMounted, skipWithoutMount } from '../support/mount.js'
import { tempFolder } from '../support/temp.js'

const RUNS = Number(process.env['SURVIVOR_RUNS'] ?? 20)
/** The survivor has two seconds; what is above is for a machine that is busy with other tests. */
const LIMIT_MS = 6000

const isAlive = (pid: number): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + LIMIT_MS
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${LIMIT_MS} ms`)
    await delay(5)
  }
}

type Blow = (kit: Kit, path: string, pids: readonly number[]) => Promise<void>

const BLOWS: Readonly<Record<string, Blow>> = {
  'supervisor killed': async (_kit, _path, pids) => void process.kill(pids[0]!, 'SIGKILL'),
  'engine killed': async (_kit, _path, pids) => void process.kill(pids[1]!, 'SIGKILL'),
  'both stopped': async (kit, path, pids) => {
    for (const pid of pids) process.kill(pid, 'SIGSTOP')
    await kit.ok('unmount', '--force', path)
  }
}

t.test(
  `threats 60: whatever happens to the processes of a mount, nothing is left (${RUNS} times)`,
  { ...skipWithoutMount, timeout: 1_500_000 },
  async (t) => {
    const folder = tempFolder(t, 'survivor')
    const kit = new Kit(join(folder, 'home'))
    writeFileSync(join(folder, 'big'), Buffer.alloc(64 << 20, 'survivor'))
    const cid = await kit.add(join(folder, 'big'))
    const path = join(folder, 'mnt')
    mkdirSync(path)
    t.teardown(() => kit.run(['unmount', '--force', path]))
    const blows = Object.entries(BLOWS)
    for (let run = 0; run < RUNS; run++) {
      await kit.ok('mount', path, '--open', run % 2 === 0 ? 'none' : 'auto')
      const { mounts } = await kit.json<{ mounts: { path: string; pids: number[] }[] }>('status')
      const { pids } = mounts.find((mount) => mount.path === path)!
      const reader = runProgram('cat', [join(path, 'ipfs', cid)])
      await delay((run * 3) % 60)
      const [what, blow] = blows[run % blows.length]!
      const name = `run ${run}, ${what}`
      await blow(kit, path, pids)
      await until(`${name}: unmounted`, () => !isMounted(path))
      await until(`${name}: processes gone`, () => !pids.some(isAlive))
      const { code, stdout } = await reader
      t.ok(code !== 0 || stdout.length === 64 << 20, `${name}: the reader read all or got an error`)
    }
    t.notOk(isMounted(path))
  }
)

t.test('who runs a mount in the foreground learns how it ended', skipWithoutMount, async (t) => {
  const folder = tempFolder(t, 'foreground')
  const kit = new Kit(join(folder, 'home'))
  const path = join(folder, 'mnt')
  mkdirSync(path)
  t.teardown(() => kit.run(['unmount', '--force', path]))
  const ends = async (signal: NodeJS.Signals, whom: 'supervisor' | 'engine') => {
    const run = kit.run(['mount', path, '--foreground'])
    await until('mounted', () => isMounted(path))
    let pids: number[] | undefined
    while (pids === undefined) {
      const { mounts } = await kit.json<{ mounts: { path: string; pids: number[] }[] }>('status')
      pids = mounts.find((mount) => mount.path === path)?.pids
    }
    process.kill(pids[whom === 'engine' ? 1 : 0]!, signal)
    const { code } = await run
    t.notOk(isMounted(path))
    return code
  }
  t.equal(await ends('SIGTERM', 'supervisor'), 0)
  t.equal(await ends('SIGKILL', 'engine'), 1, 'so that a service manager starts it again')
})
