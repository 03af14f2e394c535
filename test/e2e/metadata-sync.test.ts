/** Nodes that share their indexes: published as content, taken over through an engine's port and socket, and by the name of a Kubo. */
import { createServer } from 'node:http'
import { once } from 'node:events'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Cid } from '../../src/core/cid.js'
import { decodePublication, encodePublication } from '../../src/metadata/publication.js'
import { freePort, Kubo, skipWithoutKubo } from '../servers/kubo.js'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

interface Published {
  readonly cid: string
  readonly rows: number
  readonly unchanged: boolean
  readonly partitions: readonly { readonly cid: string; readonly bytes: number }[]
  readonly names: readonly { readonly name: string; readonly backend: string }[]
}

interface Synced {
  readonly merged: number
  readonly records: number
}

const publish = (kit: Kit) => kit.json<Published>('metadata', 'publish')
const sync = (kit: Kit, peer: string, ...words: string[]) =>
  kit.json<Synced>('metadata', 'sync', ...words, '--peer', peer)
const show = async (kit: Kit, cid: string) =>
  (await kit.json<{ record: Record<string, unknown> }>('metadata', 'show', cid)).record

async function node(folder: string, name: string, role: string, texts: readonly string[]) {
  const own = join(folder, name)
  mkdirSync(join(own, 'data'), { recursive: true })
  const kit = new Kit(join(own, 'home'), { cwd: own })
  for (const text of texts) writeFileSync(join(own, 'data', `${text}.txt`), text)
  if (texts.length > 0) await kit.ok('add', 'data')
  await kit.ok('config', 'set', 'metadata.role', role)
  return kit
}

const cidOf = async (kit: Kit, name: string): Promise<string> =>
  (await kit.ok('metadata', 'query', `filename == '${name}'`, '-q')).split('\n')[0]!

/** An engine that answers at a port. Ended with the test. */
async function engine(t: Test, kit: Kit): Promise<{ url: string; token: string }> {
  const port = await freePort()
  t.teardown(() => kit.run(['daemon', 'stop']))
  const env = { IPFS_KIT_SERVICE_LISTEN: `127.0.0.1:${port}` }
  const { code, stderr } = await kit.run(['daemon', 'start'], { env })
  t.equal(code, 0, stderr)
  return { url: `http://127.0.0.1:${port}`, token: join(kit.home, 'run', 'token') }
}

t.test('an index is content, the same for the same records', { timeout: 120_000 }, async (t) => {
  const folder = tempFolder(t, 'publish')
  const kit = await node(folder, 'a', 'master', ['one', 'two'])
  const first = await publish(kit)
  t.match(first, { rows: 3, unchanged: false, partitions: [{}], names: [] })
  t.match(await publish(kit), { cid: first.cid, unchanged: true }, 'publishing changes no index')
  t.match(await kit.ok('pin', 'ls'), new RegExp(`${first.cid}.*ipfs-kit-index`))
  await kit.ok('metadata', 'refresh')
  t.match(await publish(kit), { cid: first.cid }, 'nor does a refresh')
  const rows = await kit.json<{ rows: readonly Record<string, unknown>[] }>('query', `SELECT filename, path, local, access_count, node FROM '/ipfs/${first.partitions[0]!.cid}' ORDER BY filename`) // prettier-ignore
  t.match(JSON.stringify(rows), /one\.txt/)
  t.notMatch(JSON.stringify(rows), /data\/one/, 'paths stay here')
  await kit.ok('metadata', 'tag', await cidOf(kit, 'one.txt'), '+fine')
  const second = await publish(kit)
  t.not(second.cid, first.cid)
  t.notMatch(await kit.ok('pin', 'ls'), first.cid, 'one publication is kept')
  t.match(await kit.json('metadata', 'status'), { role: 'master', keeps: 'all', publishes: 'all', published: { cid: second.cid } }) // prettier-ignore
  t.equal(await kit.ok('metadata', 'query', '--count', `filename == 'ipfs-kit-index'`), '0')
  await kit.ok('gc')
  t.match(await publish(kit), { cid: second.cid, unchanged: true })
  await kit.ok('metadata', 'tag', await cidOf(kit, 'one.txt'), '+finer')
  await kit.ok('config', 'set', 'metadata.role', 'worker')
  const third = await publish(kit)
  const { pins } = await kit.json<{ pins: { cid: string; name: string }[] }>('pin', 'ls', '--json')
  t.same(pins.filter(({ name }) => name === 'ipfs-kit-index').map(({ cid }) => cid), [third.cid], 'that of another role is let go') // prettier-ignore
})

t.test('roles keep, publish and answer what they say', { timeout: 240_000 }, async (t) => {
  const folder = tempFolder(t, 'roles')
  const worker = await node(folder, 'worker', 'worker', ['shared', 'own'])
  const master = await node(folder, 'master', 'master', ['shared', 'central'])
  const leecher = await node(folder, 'leecher', 'leecher', [])
  const shared = await cidOf(worker, 'shared.txt')
  await worker.ok('metadata', 'set', shared, 'title=by the worker')
  const at = await engine(t, worker)
  t.match(await sync(master, at.url), { code: 'CREDENTIALS' })
  t.match(await sync(master, at.url, '--token-file', at.token), { code: 'PATH_NOT_FOUND' }, 'nothing was published yet') // prettier-ignore
  t.match(await publish(worker), { rows: 3 })
  t.match(await sync(master, at.url, '--token-file', at.token), { records: 3, merged: 3 })
  t.match(await sync(master, at.url, '--token-file', at.token), { merged: 0 })
  t.match(await show(master, shared), { metadata: { title: 'by the worker' }, local: true, path: 'data/shared.txt', node: /^[0-9a-f]{32}$/ }) // prettier-ignore
  t.match(await show(master, await cidOf(worker, 'own.txt')), { local: false, pinned: false, path: null }) // prettier-ignore

  await master.ok('metadata', 'tag', shared, '+master')
  t.match(await publish(master), { rows: 5 }, 'a master publishes what it heard')
  t.teardown(() => master.run(['daemon', 'stop']))
  await master.ok('daemon', 'start')
  const socket = `unix:${join(master.home, 'run', 'socket')}`
  t.match(await sync(worker, socket), { records: 5, merged: 1 }, 'a worker keeps what it knows')
  t.match(await show(worker, shared), { tags: ['master'], metadata: { title: 'by the worker' } })
  const central = await cidOf(master, 'central.txt')
  t.match(await worker.json('metadata', 'show', central), { code: 'PATH_NOT_FOUND' })
  t.match(await sync(worker, socket, central), { merged: 1 }, 'and what it is asked to')
  t.match(await show(worker, central), { filename: 'central.txt', local: false })
  t.match(await publish(worker), { rows: 2 }, 'what others said is theirs to publish')

  t.match(await sync(leecher, socket), { merged: 5 })
  t.match(await publish(leecher), { code: 'UNSUPPORTED' })
  t.teardown(() => leecher.run(['daemon', 'stop']))
  await leecher.ok('daemon', 'start')
  t.match(await sync(worker, `unix:${join(leecher.home, 'run', 'socket')}`), {
    code: 'UNSUPPORTED'
  })
  const asked = await fetch(`${at.url}/api/v0/index/partitions`)
  t.equal(asked.status, 401)
})

t.test(
  'threats 113: nothing is merged of an index that is damaged',
  { timeout: 120_000 },
  async (t) => {
    const folder = tempFolder(t, 'damaged')
    const master = await node(folder, 'master', 'master', ['one', 'two'])
    const other = await node(folder, 'other', 'leecher', [])
    const { cid, partitions } = await publish(master)
    const [partition] = partitions
    const root = Buffer.from(await master.bytes('car', 'export', cid, '-o', '-').then((car) => rootIn(car, cid))) // prettier-ignore
    const file = await master.bytes('cat', partition!.cid)
    let [sentRoot, sentFile]: Buffer[] = [root, file]
    const server = createServer((request, response) => {
      response.end(request.url?.endsWith('/root') === true ? sentRoot : sentFile)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.teardown(() => server.close())
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
    const known = decodePublication(Cid.parse(cid), root)
    const withStatistics = (values: object): Buffer => {
      const partitions = known.partitions.map((one) => ({ ...one, ...values }))
      return Buffer.from(encodePublication({ ...known, partitions }).bytes)
    }
    const flipped = Buffer.from(file)
    flipped[Math.floor(file.length / 2)]! ^= 1
    const cases: [string, Buffer, Buffer, RegExp][] = [
      ['a bit flipped', root, flipped, /INTEGRITY/],
      ['cut', root, file.subarray(0, 100), /INTEGRITY/],
      ['too long', root, Buffer.concat([file, file]), /INTEGRITY/],
      ['other statistics', withStatistics({ content_bytes: 1 }), file, /INTEGRITY/],
      ['other bounds', withStatistics({ max: 'zzzz' }), file, /INTEGRITY/],
      ['no root', Buffer.from('<html>'), file, /CORRUPT_FORMAT/],
      ['a root without an end', Buffer.alloc(3 << 20, 0x81), file, /INTEGRITY/]
    ]
    for (const [what, oneRoot, oneFile, code] of cases) {
      ;[sentRoot, sentFile] = [oneRoot, oneFile]
      t.match((await sync(other, url)).code, code, what)
      t.equal(await other.ok('metadata', 'query', '--count', 'size_bytes >= 0'), '0', what)
    }
    t.same(
      readdirSync(join(other.home, 'index')).filter((name) => name.startsWith('.work')),
      []
    )
    ;[sentRoot, sentFile] = [root, file]
    t.match(await sync(other, url), { merged: 3 })
    for (const peer of [
      'nowhere',
      'ftp://x',
      'http://user:pw@x/',
      `http://127.0.0.1:${await freePort()}`
    ])
      t.type((await sync(other, peer)).code, 'string', peer)
  }
)

/** The block of a CID in an archive. */
function rootIn(car: Buffer, cid: string): Uint8Array {
  const at = car.lastIndexOf(Buffer.from(Cid.parse(cid).bytes))
  const [length, digits] = varintBefore(car, at)
  t.ok(digits > 0)
  return car.subarray(at + Cid.parse(cid).bytes.length, at + length)
}

function varintBefore(bytes: Buffer, at: number): [number, number] {
  let start = at - 1
  while (start > 0 && bytes[start - 1]! >= 0x80) start--
  let value = 0
  for (let i = start; i < at; i++) value += (bytes[i]! & 0x7f) * 2 ** (7 * (i - start))
  return [value, at - start]
}

t.test(
  'a Kubo gives the index a name, by which others find it',
  { ...skipWithoutKubo, timeout: 180_000 },
  async (t) => {
    const folder = tempFolder(t, 'index-name')
    const kubo = await Kubo.start(t, folder)
    const backend = ['backend', 'add', 'node', '--type', 'kubo', '--api', kubo.apiUrl, '--repo', 'off', '--network', 'off'] // prettier-ignore
    const master = await node(folder, 'master', 'master', ['one'])
    const other = await node(folder, 'other', 'leecher', [])
    for (const kit of [master, other]) await kit.ok(...backend)
    const first = await publish(master)
    t.match(first.names, [{ backend: 'node', name: /^\/ipns\/k51/ }])
    t.match(await kubo.ipfs('key', 'list'), /ipfs-kit-index/)
    const { name } = first.names[0]!
    t.match(await sync(other, name), { merged: 2, cid: first.cid })
    await master.ok('metadata', 'tag', await cidOf(master, 'one.txt'), '+new')
    const second = await publish(master)
    t.equal(second.names[0]!.name, name)
    t.match(await kubo.ipfs('name', 'resolve', '--offline', name), second.cid)
    t.notMatch(await kubo.ipfs('pin', 'ls', '--type=recursive'), first.cid)
    t.match(await sync(other, second.cid), { merged: 1 })
    t.match(await publish(master), { cid: second.cid, unchanged: true })
  }
)
