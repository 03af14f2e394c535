/** Figures of a home, with an engine and without, and /metrics for other machines, with a token. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { packageVersion } from '../../src/core/version.js'
import { mounted, skipWithoutMount } from '../support/mount.js'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

const own = Object.values(networkInterfaces())
  .flatMap((found = []) => found)
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address

async function freePort(host: string): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

t.test(
  'threats 57: an address that others reach answers to the token alone',
  {
    skip: own === undefined ? 'this machine has no address but 127.0.0.1' : false,
    timeout: 60_000
  },
  async (t) => {
    const folder = tempFolder(t, 'metrics')
    const home = join(folder, 'home')
    const kit = new Kit(home)
    const port = await freePort(own!)
    mkdirSync(home)
    const listen = `${own}:${port}`
    const needed = /other machines reach .*a token is needed/
    t.match((await kit.run(['config', 'set', 'metrics.listen', listen])).stderr, needed)
    writeFileSync(join(home, 'mount.config.json'), JSON.stringify({ metrics: { listen } }))
    const refused = await kit.run(['daemon', 'start'])
    t.equal(refused.code, 78)
    t.match(refused.stderr, needed)
    const token = join(folder, 'token')
    writeFileSync(token, 'correct-horse-battery\n')
    await kit.ok('config', 'set', 'metrics.token_file', token)
    t.teardown(() => kit.run(['daemon', 'stop']))
    await kit.ok('daemon', 'start')
    const get = (authorization?: string) =>
      fetch(`http://${own}:${port}/metrics`, authorization === undefined ? {} : { headers: { authorization } }) // prettier-ignore
    const without = await get()
    t.equal(without.status, 401)
    t.equal(without.headers.get('www-authenticate'), 'Bearer')
    t.equal((await get('Bearer correct-horse-batterx')).status, 401)
    t.equal((await get('Basic correct-horse-battery')).status, 401)
    t.equal((await get('Bearer correct-horse-battery')).status, 200)
    writeFileSync(token, 'another-token-of-length\n')
    t.equal((await get('Bearer correct-horse-battery')).status, 401, 'a token can be replaced')
    t.equal((await get('Bearer another-token-of-length')).status, 200)
    writeFileSync(token, '')
    t.equal((await get('Bearer ')).status, 401, 'no token is no reason to let everybody in')
  }
)

/** The value of a metric, whose labels are part of its name. */
const valueOf = (text: string, name: string): number =>
  Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.slice(name.length)
  )

t.test('figures of the store, with an engine and without', { timeout: 60_000 }, async (t) => {
  const folder = tempFolder(t, 'metrics')
  const kit = new Kit(join(folder, 'home'))
  t.match(await kit.ok('metrics'), /ipfs_kit_up 0/, 'a home that does not exist has metrics too')
  writeFileSync(join(folder, 'large'), Buffer.alloc(3 << 20, 'x'))
  await kit.add(join(folder, 'large'))
  t.teardown(() => kit.run(['daemon', 'stop']))
  const check = async (up: number, what: string): Promise<void> => {
    const text = await kit.ok('metrics')
    t.equal(valueOf(text, 'ipfs_kit_up'), up, what)
    t.equal(valueOf(text, 'ipfs_kit_pins'), 1, what)
    t.ok(valueOf(text, 'ipfs_kit_store_bytes') >= 3 << 20, what)
    t.ok(valueOf(text, 'ipfs_kit_store_bytes') < 4 << 20, what)
    t.ok(valueOf(text, 'ipfs_kit_store_blocks') > 1, what)
    t.ok(valueOf(text, 'ipfs_kit_free_bytes') > 1 << 20, what)
    t.ok(text.includes(`ipfs_kit_build_info{version="${packageVersion()}",node=`), what)
  }
  await check(0, 'without an engine')
  t.notMatch(await kit.ok('metrics'), /gc_/, 'garbage was never collected')
  await kit.ok('gc')
  await kit.ok('daemon', 'start')
  await check(1, 'with an engine')
  const text = await kit.ok('metrics')
  t.ok(valueOf(text, 'ipfs_kit_gc_age_seconds') < 60)
  t.ok(Math.abs(valueOf(text, 'ipfs_kit_gc_last_time_seconds') - Date.now() / 1000) < 60)
  const { store, version } = await kit.json<{ store: { last_gc_at: string }; version: string }>('metrics') // prettier-ignore
  t.equal(version, packageVersion())
  t.match(store.last_gc_at, /^\d{4}-/)
})

t.test('--textfile replaces the file atomically', { timeout: 60_000 }, async (t) => {
  const folder = tempFolder(t, 'textfile')
  const kit = new Kit(join(folder, 'home'))
  const path = join(folder, 'out', 'ipfs-kit.prom')
  const missing = await kit.run(['metrics', '--textfile', path])
  t.equal(missing.code, 1)
  t.match(missing.stderr, /cannot be written to .*ipfs-kit\.prom/)
  mkdirSync(join(folder, 'out'))
  writeFileSync(path, 'old')
  const before = statSync(path).ino
  t.equal(await kit.ok('metrics', '--textfile', path), '')
  t.match(readFileSync(path, 'utf8'), /^# HELP ipfs_kit_build_info[^]*\n$/)
  t.not(statSync(path).ino, before, 'another file took its place')
  t.equal(statSync(path).mode & 0o777, 0o644, 'the collector may read it')
  t.same(readdirSync(join(folder, 'out')), ['ipfs-kit.prom'], 'nothing is left beside it')
})

t.test(
  'a mount is up while it is there, one that is configured is down while it is not',
  { ...skipWithoutMount, timeout: 60_000 },
  async (t) => {
    const folder = tempFolder(t, 'up')
    const kit = new Kit(join(folder, 'home'))
    const path = join(folder, 'mnt')
    const name = `ipfs_kit_mount_up{mount="${path}"}`
    await kit.ok('config', 'set', 'mount.path', path)
    t.equal(valueOf(await kit.ok('metrics'), name), 0)
    await mounted(t, kit, folder)
    t.equal(valueOf(await kit.ok('metrics'), name), 1)
    t.match(await kit.json('metrics'), { configured: [{ path, by: 'mount.path', up: true }] })
    await kit.ok('daemon', 'start')
    await kit.ok('unmount', path)
    t.equal(valueOf(await kit.ok('metrics'), name), 0, 'the engine lives on')
    await kit.ok('daemon', 'stop')
  }
)
