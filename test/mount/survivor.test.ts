/**
 * kill -9 of the engine or of its supervisor: the survivor takes the mount away and ends with
 * an error, readers get an error and never wait, and the same path can be mounted again.
 * SURVIVOR_RUNS sets how often.
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

t.test(
  `whichever process of a mount is killed, nothing is left (${RUNS} times)`,
  { ...skipWithoutMount, timeout: 900_000 },
  async (t) => {
    const folder = tempFolder(t, 'survivor')
    const kit = new Kit(join(folder, 'home'))
    writeFileSync(join(folder, 'big'), Buffer.alloc(64 << 20, 'survivor'))
    const cid = await kit.add(join(folder, 'big'))
    const path = join(folder, 'mnt')
    mkdirSync(path)
    t.teardown(() => kit.run(['unmount', '--force', path]))
    for (let run = 0; run < RUNS; run++) {
      await kit.ok('mount', path, '--open', run % 4 < 2 ? 'none' : 'auto')
      const { mounts } = await kit.json<{ mounts: { path: string; pids: number[] }[] }>('status')
      const { pids } = mounts.find((mount) => mount.path === path)!
      const reader = runProgram('cat', [join(path, 'ipfs', cid)])
      await delay(run * 3)
      process.kill(pids[run % 2]!, 'SIGKILL')
      const name = `run ${run}, ${run % 2 === 0 ? 'supervisor' : 'engine'} killed`
      await until(`${name}: unmounted`, () => !isMounted(path))
      await until(`${name}: processes gone`, () => !pids.some(isAlive))
      const { code, stdout } = await reader
      t.ok(code !== 0 || stdout.length === 64 << 20, `${name}: the reader read all or got an error`)
    }
    t.notOk(isMounted(path))
  }
)
