/** What goes wrong on the way from a real Kubo to the mount: right bytes or a prompt error. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  writeFileSync,
  writeSync
} from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { FaultProxy, type LinkFaults } from '../servers/fault-proxy.js'
import { httpServer } from '../servers/http.js'
import { Kubo } from '../servers/kubo.js'
import { Kit, runProgram } from '../support/cli.js'
import { mounted, sh } from '../support/mount.js'
import { reads, same, Stage, skipWithoutKuboMount as skip, V1 } from '../support/stage.js'
import { tempFolder } from '../support/temp.js'

const MIB = 1 << 20

t.test('missing and unknown are two errors', { ...skip, timeout: 120_000 }, async (t) => {
  const stage = await Stage.make(t, '--repo', 'off')
  const { kit, kubo } = stage
  const at = join(await stage.mount(t), 'ipfs')
  const known = await stage.add(stage.file('known', randomBytes(3 * MIB)), ...V1)
  const later = await stage.add(stage.file('later', randomBytes(3 * MIB)), ...V1)
  const nobody = await kubo.ipfs('add', '-Q', '--only-hash', ...V1, stage.file('x', randomBytes(99))) // prettier-ignore
  t.match((await reads(join(at, nobody))).stderr, /No such file/)
  t.equal((await reads(join(at, known))).code, 0)
  await kubo.kill()
  const started = performance.now()
  t.match((await reads(join(at, later))).stderr, /Input\/output error/, 'nobody knows')
  t.ok(performance.now() - started < 10_000, 'and it is said at once')
  t.equal((await reads(join(at, known))).code, 0, 'what is here is read on')
  t.match((await kit.run(['cat', later])).stderr, /cannot be fetched now.*node/s)
  await kubo.startDaemon()
  await delay(1500)
  t.equal((await reads(join(at, later))).code, 0, 'threats 42: it is found by itself again')
})

t.test('threats 42: a Kubo that was stopped', { ...skip, timeout: 120_000 }, async (t) => {
  const stage = await Stage.make(t, '--repo', 'off', '--timeout', '4s')
  const { kubo } = stage
  const at = join(await stage.mount(t), 'ipfs')
  const known = await stage.add(stage.file('known', randomBytes(2 * MIB)), ...V1)
  const later = await stage.add(stage.file('later', randomBytes(2 * MIB)), ...V1)
  t.equal((await reads(join(at, known))).code, 0)
  kubo.signal('SIGSTOP')
  const stuck = spawn('cat', [join(at, later)], { stdio: 'ignore' })
  await delay(500)
  t.equal((await reads(join(at, known))).code, 0, 'others are read meanwhile')
  const started = performance.now()
  stuck.kill('SIGINT')
  await once(stuck, 'exit')
  t.ok(performance.now() - started < 3500, 'Ctrl-C works before the deadline')
  const asked = performance.now()
  t.match((await reads(join(at, later))).stderr, /timed out/)
  t.ok(performance.now() - asked < 10_000, 'the deadline is kept')
  kubo.signal('SIGCONT')
  await delay(1000)
  t.equal((await reads(join(at, later))).code, 0)
})

/**
 * A gateway before a real one that changes a byte of some answers (fixture).
 * @param spoils which byte of the answer to a request is changed; none where it is undefined.
 */
function spoiled(
  t: Test,
  kubo: Kubo,
  spoils: (url: string) => number | undefined
): Promise<string> {
  return httpServer(t, (question, answer) => {
    const url = question.url ?? ''
    const at = spoils(url)
    const { host: _, ...headers } = question.headers
    const behind = request(`${kubo.gatewayUrl}${url}`, { headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 500, reply.headers)
      let seen = 0
      reply.on('data', (part: Buffer) => {
        if (at !== undefined && seen <= at && seen + part.length > at) part[at - seen]! ^= 1
        seen += part.length
        answer.write(part)
      })
      reply.on('end', () => answer.end())
      reply.on('error', () => answer.destroy())
    })
    behind.on('error', () => answer.destroy())
    answer.on('close', () => behind.destroy())
    behind.end()
  })
}

t.test(
  'threats 3: a gateway (fixture) whose archives are damaged is asked for blocks instead',
  { ...skip, timeout: 120_000 },
  async (t) => {
    const folder = tempFolder(t, 'remote')
    const kubo = await Kubo.start(t, folder)
    let archives = 0
    const url = await spoiled(t, kubo, (url) => {
      if (!url.includes('format=car')) return undefined
      archives++
      return 3 * MIB
    })
    const kit = new Kit(join(folder, 'home'))
    await kit.ok('backend', 'add', 'web', '--type', 'gateway', '--url', url)
    const bytes = randomBytes(80 * MIB)
    writeFileSync(join(folder, 'file'), bytes)
    const cid = await kubo.ipfs('add', '-Q', ...V1, join(folder, 'file'))
    const at = join(await mounted(t, kit, folder), 'ipfs')
    t.ok(await same(join(at, cid), bytes))
    t.equal(archives, 1)
    const { remote } = JSON.parse(await kit.ok('metrics', '--json')) as { remote: { backends: { corrupt: number; state: string }[] } } // prettier-ignore
    const log = await sh('cat "$1"/run/*.log', join(folder, 'home'))
    t.match(remote.backends, [{ corrupt: 1, state: 'up' }], log)
  }
)

t.test(
  'threats 1: two gateways, of which one (fixture) corrupts every tenth answer',
  { ...skip, timeout: 120_000 },
  async (t) => {
    const folder = tempFolder(t, 'remote')
    const kubo = await Kubo.start(t, folder)
    let answers = 0
    const url = await spoiled(t, kubo, () => (++answers % 10 === 0 ? 1000 : undefined))
    const kit = new Kit(join(folder, 'home'))
    await kit.ok('backend', 'add', 'bad', '--type', 'gateway', '--url', url, '--priority', '1')
    await kit.ok('backend', 'add', 'good', '--type', 'gateway', '--url', kubo.gatewayUrl)
    const at = join(await mounted(t, kit, folder), 'ipfs')
    for (const args of [V1, ['--chunker=size-4096']]) {
      const bytes = randomBytes(8 * MIB)
      writeFileSync(join(folder, 'file'), bytes)
      const cid = await kubo.ipfs('add', '-Q', ...args, join(folder, 'file'))
      t.ok(await same(join(at, cid), bytes))
    }
    t.ok(answers > 10)
    const { remote } = JSON.parse(await kit.ok('metrics', '--json')) as { remote: { backends: { name: string; corrupt: number }[] } } // prettier-ignore
    t.ok(remote.backends.find(({ name }) => name === 'bad')!.corrupt > 0)
  }
)

t.test('a link that fails in every way there is', { ...skip, timeout: 180_000 }, async (t) => {
  const folder = tempFolder(t, 'remote')
  const kubo = await Kubo.start(t, folder)
  const proxy = await FaultProxy.before(t, kubo.api)
  const kit = new Kit(join(folder, 'home'))
  await kit.ok('backend', 'add', 'node', '--type', 'kubo', '--api', proxy.url, '--repo', 'off', '--network', 'off', '--timeout', '2s') // prettier-ignore
  const at = join(await mounted(t, kit, folder), 'ipfs')
  const ways: Readonly<Record<string, LinkFaults>> = {
    'three of ten connections are reset': { refusedOfTen: 3 },
    'reset in the middle of an answer': { resetAfter: 3 * MIB },
    'nothing comes any more in the middle of an answer': { dropAfter: 3 * MIB },
    slow: { delayMs: 30 }
  }
  for (const [name, faults] of Object.entries(ways)) {
    const bytes = randomBytes(24 * MIB)
    writeFileSync(join(folder, 'file'), bytes)
    const cid = await kubo.ipfs('add', '-Q', ...V1, join(folder, 'file'))
    proxy.use(faults)
    const started = performance.now()
    const { code, stdout } = await runProgram('cat', [join(at, cid)])
    t.ok(performance.now() - started < 40_000, `${name}: prompt`)
    // All of it, or an error behind what was right.
    // threats 6 and 42
    t.ok(bytes.subarray(0, stdout.length).equals(stdout), `${name}: never a wrong byte`)
    t.equal(code === 0, stdout.length === bytes.length, `${name}: short only with an error`)
    proxy.use({})
    let isThere = false
    for (let i = 0; i < 40 && !isThere; i++) {
      isThere = await same(join(at, cid), bytes)
      if (!isThere) await delay(250)
    }
    t.ok(isThere, `${name}: right again by itself`)
  }
})

t.test('damage on the disk is never served', { ...skip, timeout: 120_000 }, async (t) => {
  const stage = await Stage.make(t, '--repo', 'off')
  const { folder, kit } = stage
  const bytes = randomBytes(12 * MIB)
  const cid = await stage.add(stage.file('big', bytes), ...V1)
  const path = await stage.mount(t, '--open', 'none')
  const at = join(path, 'ipfs', cid)
  t.ok(await same(at, bytes))
  const objects = join(folder, 'home', 'cache', 'objects')
  const harm = (at: number): void => {
    for (const name of readdirSync(objects)) {
      const fd = openSync(join(objects, name), 'r+')
      const byte = Buffer.alloc(1)
      readSync(fd, byte, 0, 1, at)
      byte[0]! ^= 1
      writeSync(fd, byte, 0, 1, at)
      closeSync(fd)
    }
  }
  // Durable, and on record as it is.
  await delay(4000)
  harm(300_000)
  await sh('echo 1 > /proc/sys/vm/drop_caches')
  t.ok(await same(at, bytes), 'threats 48: while it is mounted')
  t.ok((await stage.report()).cache.corrupt > 0)
  await kit.ok('unmount', path)
  harm(100_000)
  await kit.ok('mount', path)
  t.ok(await same(at, bytes), 'while it was not; and by passthrough')
  t.ok((await stage.report()).cache.corrupt > 0)
})

t.test(
  'threats 53: killed while it fetches, it goes on where it was',
  { ...skip, timeout: 120_000 },
  async (t) => {
    const stage = await Stage.make(t, '--repo', 'off')
    const bytes = randomBytes(64 * MIB)
    const cid = await stage.add(stage.file('big', bytes), ...V1)
    const path = await stage.mount(t)
    for (let round = 0; round < 3; round++) {
      const reading = reads(join(path, 'ipfs', cid))
      await delay(120)
      const status = JSON.parse(await stage.kit.ok('status', '--json')) as { mounts: { pids: number[] }[] } // prettier-ignore
      process.kill(status.mounts[0]!.pids[1]!, 'SIGKILL')
      await reading
      await delay(500)
      await stage.kit.ok('mount', path)
    }
    t.ok(await same(join(path, 'ipfs', cid), bytes))
    t.ok(statSync(join(path, 'ipfs', cid)).size === bytes.length)
    t.ok(readFileSync('/proc/self/mountinfo', 'utf8').includes(path))
  }
)

t.test(
  'threats 54: a disk that is full costs the cache its use, and no reader his bytes',
  { ...skip, timeout: 120_000 },
  async (t) => {
    const stage = await Stage.make(t, '--repo', 'off')
    const { kit, folder } = stage
    const bytes = randomBytes(60 * MIB)
    const cid = await stage.add(stage.file('big', bytes), ...V1)
    const small = join(folder, 'small')
    mkdirSync(small)
    await sh('mount -t tmpfs -o size=24m tmpfs "$1"', small)
    t.teardown(() => sh('umount -l "$1"', small))
    const other = new Kit(join(small, 'home'))
    await other.ok('backend', 'add', 'node', '--type', 'kubo', '--api', stage.kubo.apiUrl, '--repo', 'off', '--network', 'off') // prettier-ignore
    // Its log lies on the full disk as well.
    const path = await mounted(t, other, folder, '--cache-size', '500MB')
    t.ok(await same(join(path, 'ipfs', cid), bytes))
    t.equal((await kit.run(['status'])).code, 0)
    await other.ok('unmount', path)
  }
)

t.test(
  'threats 53: what was fetched before a kill is there offline',
  { ...skip, timeout: 120_000 },
  async (t) => {
    const stage = await Stage.make(t, '--repo', 'off')
    const bytes = randomBytes(20 * MIB)
    const cid = await stage.add(stage.file('big', bytes), ...V1)
    const path = await stage.mount(t)
    t.ok(await same(join(path, 'ipfs', cid), bytes))
    const status = JSON.parse(await stage.kit.ok('status', '--json')) as { mounts: { pids: number[] }[] } // prettier-ignore
    process.kill(status.mounts[0]!.pids[1]!, 'SIGKILL')
    await stage.kubo.kill()
    await delay(500)
    await stage.kit.ok('mount', path, '--offline')
    // Nothing of it was sealed: it is hashed first.
    let isThere = false
    for (let i = 0; i < 30 && !isThere; i++) {
      await delay(100)
      isThere = await same(join(path, 'ipfs', cid), bytes)
    }
    t.ok(isThere)
  }
)
