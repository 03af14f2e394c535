/** Content that only a real Kubo has, read through the mount: right, prompt, and once. */
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
import { Kubo, skipWithoutKubo } from '../servers/kubo.js'
import { Kit, runProgram } from '../support/cli.js'
import { mounted, sh, skipWithoutMount } from '../support/mount.js'
import { MAIN } from '../support/paths.js'
import { tempFolder } from '../support/temp.js'

const skip = skipWithoutMount.skip === false ? skipWithoutKubo : skipWithoutMount
const MIB = 1 << 20
const V1 = ['--cid-version=1', '--raw-leaves']

interface Report {
  readonly fetch: { readonly fetched: number; readonly bytes: number }
  readonly cache: { readonly corrupt: number; readonly disk: { readonly used: number } }
}

class Stage {
  readonly folder: string
  readonly kubo: Kubo
  readonly kit: Kit

  private constructor(folder: string, kubo: Kubo, kit: Kit) {
    this.folder = folder
    this.kubo = kubo
    this.kit = kit
  }

  static async make(t: Test, ...options: string[]): Promise<Stage> {
    const folder = tempFolder(t, 'remote')
    const kubo = await Kubo.start(t, folder)
    const kit = new Kit(join(folder, 'home'))
    await kit.ok('backend', 'add', 'node', '--type', 'kubo', '--api', kubo.apiUrl, '--network', 'off', ...options) // prettier-ignore
    return new Stage(folder, kubo, kit)
  }

  mount(t: Test, ...args: string[]): Promise<string> {
    return mounted(t, this.kit, this.folder, ...args)
  }

  /** Add to Kubo. @returns the CID. */
  add(path: string, ...args: string[]): Promise<string> {
    return this.kubo.ipfs('add', '-Q', '-r', ...args, path)
  }

  file(name: string, bytes: Uint8Array): string {
    const path = join(this.folder, name)
    writeFileSync(path, bytes)
    return path
  }

  async report(): Promise<Report> {
    return JSON.parse(await this.kit.ok('cache', 'stats', '--json')) as Report
  }
}

/** Read with another program: this one must be able to look on. */
const reads = (path: string): Promise<{ code: number | null; stderr: string }> =>
  runProgram('cat', [path])

const same = async (path: string, bytes: Uint8Array): Promise<boolean> => {
  const { code, stdout } = await runProgram('cat', [path])
  return code === 0 && Buffer.from(bytes).equals(stdout)
}

for (const [name, options] of [
  ['by RPC', ['--repo', 'off']],
  ['by its repository', []]
] as const)
  t.test(`a real Kubo, ${name}`, { ...skip, timeout: 300_000 }, async (t) => {
    const stage = await Stage.make(t)
    const { kit, kubo, folder } = stage
    await kit.ok(
      'backend',
      'update',
      'node',
      ...(options.length > 0 ? options : ['--repo', kubo.repo])
    )
    const big = randomBytes(40 * MIB)
    const bigPath = stage.file('big', big)
    const tree = join(folder, 'tree')
    for (let i = 0; i < 1500; i++) {
      mkdirSync(join(tree, `d${i % 7}`), { recursive: true })
      writeFileSync(join(tree, `d${i % 7}`, `file ${i}`), `content ${i}\n`.repeat(i % 90))
    }
    const wide = join(folder, 'wide')
    mkdirSync(wide)
    for (let i = 0; i < 9000; i++) writeFileSync(join(wide, `entry-${i}`), `${i}`)
    const cids = {
      v1: await stage.add(bigPath, ...V1),
      v0: await stage.add(bigPath),
      trickle: await stage.add(bigPath, '--trickle'),
      tiny: await stage.add(stage.file('tiny', big.subarray(0, 700_000)), '--chunker=size-1000'),
      tree: await stage.add(tree, ...V1),
      wide: await stage.add(wide, ...V1)
    }
    const at = join(await stage.mount(t), 'ipfs')

    await t.test('a large file, in both profiles', async (t) => {
      t.ok(await same(join(at, cids.v1), big))
      t.ok(await same(join(at, cids.v0), big))
      t.ok(await same(join(at, cids.trickle), big), 'unevenly built')
      t.ok(await same(join(at, cids.tiny), big.subarray(0, 700_000)), 'of tiny leaves')
    })
    await t.test('a tree, and a sharded directory', async () => {
      await sh('diff -r "$1" "$2"', tree, join(at, cids.tree))
      await sh('ls "$1" | cmp - "$2"', join(at, cids.wide), stage.file('names', Buffer.from(await sh('ls "$1"', wide)))) // prettier-ignore
      await sh('diff -r "$1" "$2"', wide, join(at, cids.wide))
    })
    await t.test('without Kubo all of it is still there, from the start on', async (t) => {
      const before = await stage.report()
      await kit.ok('unmount', join(folder, 'mnt'))
      await kubo.kill()
      await kit.ok('mount', join(folder, 'mnt'))
      t.ok(await same(join(at, cids.v1), big))
      await sh('diff -r "$1" "$2"', tree, join(at, cids.tree))
      await sh('diff -r "$1" "$2"', wide, join(at, cids.wide))
      t.ok(before.fetch.bytes > 80 * MIB)
      t.equal((await stage.report()).fetch.bytes, 0)
    })
  })

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
  t.match((await kit.run(['cat', later])).stderr, /cannot be had now.*node/s)
  await kubo.startDaemon()
  await delay(1500)
  t.equal((await reads(join(at, later))).code, 0, 'it is found by itself again')
})

t.test('a Kubo that was stopped', { ...skip, timeout: 120_000 }, async (t) => {
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
  t.ok(performance.now() - started < 1500, 'Ctrl-C works')
  const asked = performance.now()
  t.match((await reads(join(at, later))).stderr, /timed out/)
  t.ok(performance.now() - asked < 10_000, 'the deadline is kept')
  kubo.signal('SIGCONT')
  await delay(1000)
  t.equal((await reads(join(at, later))).code, 0)
})

t.test(
  'a real gateway: files as archives of their blocks',
  { ...skip, timeout: 180_000 },
  async (t) => {
    const folder = tempFolder(t, 'remote')
    const kubo = await Kubo.start(t, folder)
    const kit = new Kit(join(folder, 'home'))
    await kit.ok('backend', 'add', 'web', '--type', 'gateway', '--url', kubo.gatewayUrl)
    const big = randomBytes(40 * MIB)
    // Blocks that are there more than once, among them and behind them.
    const repeats = Buffer.concat([Buffer.alloc(12 * MIB), big.subarray(0, 12 * MIB), big.subarray(0, 12 * MIB)]) // prettier-ignore
    const add = async (bytes: Uint8Array, ...args: string[]): Promise<string> => {
      writeFileSync(join(folder, 'file'), bytes)
      return await kubo.ipfs('add', '-Q', ...args, join(folder, 'file'))
    }
    const files: readonly [string, string, Buffer][] = [
      ['of raw leaves', await add(big, ...V1), big],
      ['of framed leaves', await add(big), big],
      ['unevenly built', await add(big, '--trickle'), big],
      ['with repeats', await add(repeats, ...V1), repeats]
    ]
    const at = join(await mounted(t, kit, folder), 'ipfs')
    const requests = async (): Promise<number> => {
      const { remote } = JSON.parse(await kit.ok('metrics', '--json')) as { remote: { backends: { requests: number }[] } } // prettier-ignore
      return remote.backends[0]!.requests
    }
    for (const [name, cid, bytes] of files) {
      const before = await requests()
      t.ok(await same(join(at, cid), bytes), name)
      const cost = (await requests()) - before
      const log = await sh('cat "$1"/run/*.log', join(folder, 'home'))
      t.ok(cost < 100, `${cost} requests; ${log}`)
      const origin = await sh('python3 -c "import os,sys; print(os.getxattr(sys.argv[1], \'user.ipfs_kit.backend\').decode())" "$1"', join(at, cid)) // prettier-ignore
      t.equal(origin.trim(), 'web')
    }
  }
)

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
  'a gateway (fixture) whose archives are damaged is asked for blocks instead',
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
  'two gateways, of which one (fixture) corrupts every tenth answer',
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

t.test('a small part of a large file costs little', { ...skip, timeout: 120_000 }, async (t) => {
  const stage = await Stage.make(t, '--repo', 'off')
  const size = 200 * MIB
  const bytes = Buffer.alloc(size)
  for (let at = 0; at < size; at += MIB) bytes.writeUInt32LE(at, at)
  const cid = await stage.add(stage.file('big', bytes), ...V1, '--chunker=size-1048576')
  const at = join(await stage.mount(t), 'ipfs', cid)
  for (const position of [123 * MIB + 700_000, 3 * MIB + 5, size - 200_000]) {
    const before = await stage.report()
    await sh('dd if="$1" bs=131072 count=1 skip="$2" iflag=skip_bytes 2> /dev/null | sha256sum > "$3"', at, String(position), join(stage.folder, 'sum')) // prettier-ignore
    const after = await stage.report()
    const cost = after.fetch.bytes - before.fetch.bytes
    t.ok(cost < 2_500_000, `${cost} bytes`)
  }
})

t.test(
  'the footer of a Parquet file comes with its first or last bytes',
  { ...skip, timeout: 60_000 },
  async (t) => {
    const stage = await Stage.make(t, '--repo', 'off')
    const footer = 900_000
    const length = Buffer.alloc(4)
    length.writeUInt32LE(footer)
    const parquet = (): Buffer => Buffer.concat([Buffer.from('PAR1'), randomBytes(40 * MIB), randomBytes(footer), length, Buffer.from('PAR1')]) // prettier-ignore
    const at = join(await stage.mount(t), 'ipfs')
    for (const skipped of [0, 40 * MIB + footer + 4]) {
      const cid = await stage.add(stage.file('parquet', parquet()), ...V1)
      await sh('dd if="$1" bs=8 count=1 skip="$2" iflag=skip_bytes,direct of=/dev/null 2>&1', join(at, cid), String(skipped)) // prettier-ignore
      let here: boolean[] = [false]
      for (let times = 0; times < 20 && !here.slice(-4).every(Boolean); times++) {
        await delay(250)
        const { segments } = JSON.parse(await stage.kit.ok('explain', cid, '--json')) as { segments: { tier: string | null }[] } // prettier-ignore
        here = segments.map(({ tier }) => tier !== null)
      }
      t.ok(here.slice(-4).every(Boolean), `from ${skipped}: the footer is here`)
      t.notOk(here[Math.floor(here.length / 2)], 'and what lies before it is not')
    }
  }
)

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
  t.ok(await same(at, bytes), 'while it is mounted')
  t.ok((await stage.report()).cache.corrupt > 0)
  await kit.ok('unmount', path)
  harm(100_000)
  await kit.ok('mount', path)
  t.ok(await same(at, bytes), 'while it was not; and by passthrough')
  t.ok((await stage.report()).cache.corrupt > 0)
})

t.test('a quota is kept however much is read', { ...skip, timeout: 180_000 }, async (t) => {
  const stage = await Stage.make(t, '--repo', 'off')
  const cids: string[] = []
  // A gigabyte, through a tenth of it.
  for (let i = 0; i < 16; i++)
    cids.push(await stage.add(stage.file('big', randomBytes(60 * MIB)), ...V1))
  const at = join(await stage.mount(t, '--cache-size', '100MB'), 'ipfs')
  const cache = join(stage.folder, 'home', 'cache')
  let most = 0
  const ended = new AbortController()
  const looking = (async () => {
    while (!ended.signal.aborted) {
      most = Math.max(most, Number((await sh('du -s --block-size=1 "$1" | cut -f1', cache)).trim()))
      await delay(50)
    }
  })()
  for (const cid of cids) t.equal((await reads(join(at, cid))).code, 0)
  ended.abort()
  await looking
  t.ok(most > 0 && most <= 105e6, `${most} bytes at most`)
})

t.test('sixty-four readers', { ...skip, timeout: 180_000 }, async (t) => {
  const stage = await Stage.make(t, '--repo', 'off')
  const at = join(await stage.mount(t), 'ipfs')
  const one = randomBytes(8 * MIB)
  const cid = await stage.add(stage.file('one', one), ...V1)
  const before = await stage.report()
  const answers = await Promise.all(Array.from({ length: 64 }, () => same(join(at, cid), one)))
  t.ok(answers.every(Boolean), 'of one file')
  const cost = (await stage.report()).fetch.bytes - before.fetch.bytes
  t.ok(cost < one.length * 1.1, `each block once: ${cost} bytes`)
  const many: [string, Buffer][] = []
  for (let i = 0; i < 64; i++) {
    const bytes = randomBytes(MIB + i)
    many.push([await stage.add(stage.file('many', bytes), ...V1), bytes])
  }
  const all = await Promise.all(many.map(([name, bytes]) => same(join(at, name), bytes)))
  t.ok(all.every(Boolean), 'of sixty-four files')
})

t.test(
  'killed while it fetches, it goes on where it was',
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

t.test('commands fetch too, with a mount and without', { ...skip, timeout: 120_000 }, async (t) => {
  const stage = await Stage.make(t)
  const { kit, folder } = stage
  const tree = join(folder, 'tree')
  mkdirSync(join(tree, 'inner'), { recursive: true })
  writeFileSync(join(tree, 'a'), 'a')
  writeFileSync(join(tree, 'inner', 'b'), randomBytes(2 * MIB))
  const cid = await stage.add(tree, ...V1)
  t.match((await kit.run(['cat', '--offline', `${cid}/a`])).stderr, /is not in the local store/)
  t.match(await kit.ok('ls', cid), /file +1 .* a\ndirectory +0 .* inner\//)
  t.equal(await kit.ok('cat', `${cid}/a`), 'a')
  await kit.ok('get', cid, '-o', join(folder, 'out'))
  await sh('diff -r "$1" "$2"', tree, join(folder, 'out'))
  const other = await stage.add(stage.file('other', randomBytes(5 * MIB)), ...V1)
  await stage.mount(t)
  t.match(await kit.ok('cache', 'warm', other), /1 files are here, 5\.00 MiB/)
  const before = await stage.report()
  t.equal((await reads(join(folder, 'mnt', 'ipfs', other))).code, 0)
  t.equal((await stage.report()).fetch.bytes, before.fetch.bytes)
  t.match(await kit.ok('cache', 'evict', other), /let go of 1 of 1/)
  t.match(await kit.ok('cache', 'clear'), /let go of \d+ blocks/)
  t.match(await kit.ok('backend', 'ls'), /node +kubo +priority 100 +up: /)
  await kit.ok('backend', 'rm', 'node')
  t.match(await kit.ok('backend', 'ls'), /no backends/)
})

t.test('what is pinned is kept here, wherever it was', { ...skip, timeout: 120_000 }, async (t) => {
  const stage = await Stage.make(t, '--repo', 'off')
  const { kit, folder, kubo } = stage
  const tree = join(folder, 'tree')
  mkdirSync(tree)
  for (let i = 0; i < 30; i++) writeFileSync(join(tree, `f${i}`), randomBytes(40_000 * i))
  const [cached, fetched] = [await stage.add(tree, ...V1), await stage.add(tree)]
  const path = await stage.mount(t)
  await kit.ok('cache', 'warm', cached)
  t.match(await kit.ok('stat', cached), /directory/)
  for (const cid of [cached, fetched]) await kit.ok('pin', 'add', cid)
  await kit.ok('cache', 'clear')
  await kubo.kill()
  for (const cid of [cached, fetched])
    t.equal(await sh('diff -r "$1" "$2"', tree, join(path, 'ipfs', cid)), '')
  t.match(await kit.ok('fsck', '--read-data'), /0 bad, 0 missing/)
  // What cannot be had cannot be kept.
  const gone = 'bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e'
  const { code, stderr } = await kit.run(['pin', 'add', gone])
  t.not(code, 0)
  t.match(stderr, /cannot be had|no backend has/)
  t.notMatch(await kit.ok('pin', 'ls'), gone)
})

t.test('memory and descriptors stay in their budget', { ...skip, timeout: 180_000 }, async (t) => {
  const stage = await Stage.make(t, '--repo', 'off')
  const { kit, folder } = stage
  const config = { mount: { memory: '16MiB' }, cache: { memory: '20MB', size: '300MB' } }
  writeFileSync(join(folder, 'home', 'mount.config.json'), JSON.stringify(config))
  const cids: string[] = []
  for (let i = 0; i < 6; i++)
    cids.push(await stage.add(stage.file('big', randomBytes(50 * MIB)), ...(i % 2 === 0 ? V1 : [])))
  const at = join(await stage.mount(t), 'ipfs')
  const status = JSON.parse(await kit.ok('status', '--json')) as { mounts: { pids: number[] }[] }
  const engine = status.mounts[0]!.pids[1]!
  const anonymous = (): number =>
    1024 * Number(/^Anonymous:\s+(\d+)/m.exec(readFileSync(`/proc/${engine}/smaps_rollup`, 'utf8'))![1]) // prettier-ignore
  const before = anonymous()
  let most = 0
  for (const cid of [...cids, ...cids]) {
    const { code } = await reads(join(at, cid))
    t.equal(code, 0, code === 0 ? '' : await sh('cat "$1"/run/*.log', join(folder, 'home')))
    most = Math.max(most, anonymous())
  }
  // Both memories, what is in flight, and the garbage that a young heap holds.
  const budget = before + (16 << 20) + 20e6 + (24 << 20) + (48 << 20)
  t.ok(most < budget, `${Math.round(most / 1e6)} MB at most, of ${Math.round(budget / 1e6)}`)
  t.ok(readdirSync(`/proc/${engine}/fd`).length < 120)
})

t.test(
  'a disk that is full costs the cache its use, and no reader his bytes',
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
  'a command whose reader pauses keeps no engine waiting',
  { ...skip, timeout: 60_000 },
  async (t) => {
    const stage = await Stage.make(t, '--repo', 'off')
    const bytes = randomBytes(30 * MIB)
    const cid = await stage.add(stage.file('big', bytes), ...V1)
    const other = await stage.add(stage.file('other', bytes.subarray(0, MIB)), ...V1)
    const reading = spawn(process.execPath, [MAIN, 'cat', cid], {
      env: { ...process.env, IPFS_KIT_HOME: stage.kit.home },
      stdio: ['ignore', 'pipe', 'inherit']
    })
    t.teardown(() => reading.kill('SIGKILL'))
    const parts: Buffer[] = [await once(reading.stdout, 'data').then(([part]) => part as Buffer)]
    reading.stdout.pause()
    await delay(500)
    const path = await stage.mount(t)
    t.ok(await same(join(path, 'ipfs', other), bytes.subarray(0, MIB)))
    reading.stdout.on('data', (part: Buffer) => parts.push(part)).resume()
    const [code] = (await once(reading, 'close')) as [number]
    t.equal(code, 0)
    t.ok(Buffer.concat(parts).equals(bytes))
  }
)

t.test(
  'what was fetched before a kill is there offline',
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
