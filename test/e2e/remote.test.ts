/** Content that only a real Kubo has, read through the mount: right, prompt, and once. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { Kubo } from '../servers/kubo.js'
import { Kit } from '../support/cli.js'
import { mounted, sh } from '../support/mount.js'
import { MAIN } from '../support/paths.js'
import { reads, same, Stage, skipWithoutKuboMount as skip, V1 } from '../support/stage.js'
import { tempFolder } from '../support/temp.js'

const MIB = 1 << 20

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

t.test(
  'a sharded directory comes from a gateway as one answer',
  { ...skip, timeout: 120_000 },
  async (t) => {
    const folder = tempFolder(t, 'remote')
    const kubo = await Kubo.start(t, folder)
    const kit = new Kit(join(folder, 'home'))
    await kit.ok('backend', 'add', 'web', '--type', 'gateway', '--url', kubo.gatewayUrl)
    const at = join(await mounted(t, kit, folder), 'ipfs')
    const wide = join(folder, 'wide')
    mkdirSync(wide)
    for (let i = 0; i < 20_000; i++) writeFileSync(join(wide, `entry ${i}`), `${i % 50}`)
    const cid = await kubo.ipfs('add', '-Q', '-r', ...V1, wide)
    t.equal(await sh('ls "$1"', join(at, cid)), await sh('ls "$1"', wide))
    const { remote } = JSON.parse(await kit.ok('metrics', '--json')) as {
      remote: { fetch: { fetched: number }; backends: { requests: number }[] }
    }
    t.ok(remote.fetch.fetched > 2000, `${remote.fetch.fetched} shards`)
    const { requests } = remote.backends[0]!
    t.ok(requests < 200, `by ${requests} requests`)
  }
)

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
  t.match(await kit.ok('cache', 'warm', other), /1 file is here, 5\.00 MiB/)
  const before = await stage.report()
  t.equal((await reads(join(folder, 'mnt', 'ipfs', other))).code, 0)
  t.equal((await stage.report()).fetch.bytes, before.fetch.bytes)
  t.match(await kit.ok('cache', 'evict', other), /removed 1 of 1/)
  t.match(await kit.ok('cache', 'clear'), /removed \d+ blocks/)
  t.match(await kit.ok('backend', 'ls'), /node +kubo +100 +up: /)
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
  t.match(stderr, /cannot be fetched|no backend has/)
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
