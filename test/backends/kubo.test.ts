import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { KuboBackend } from '../../backends/kubo/backend.js'
import { checkKubo, gatewayBeside, kuboOptions } from '../../backends/kubo/options.js'
import { KuboRepo } from '../../backends/kubo/repo.js'
import { Cid } from '../../src/core/cid.js'
import { parseIpnsName } from '../../src/names/ipns-name.js'
import { verifyIpnsRecord } from '../../src/names/ipns-record.js'
import { backendSuite } from '../contract/backend-suite.js'
import { Kubo, skipWithoutKubo } from '../servers/kubo.js'
import { tempFolder } from '../support/temp.js'

const { signal } = new AbortController()

const backendOf = (options: Record<string, string>): KuboBackend =>
  new KuboBackend(
    'node',
    kuboOptions(Object.fromEntries(Object.entries(options).map(([name, text]) => [name, [text]])))
  )

backendSuite('Kubo by RPC', skipWithoutKubo, async (t) => {
  const kubo = await Kubo.start(t, tempFolder(t, 'kubo'))
  const backend = backendOf({ api: kubo.apiUrl, repo: 'off', network: 'off' })
  return {
    backend,
    plant: (cid, block) => backend.putBlock(cid, block, { signal }),
    stop: () => kubo.signal('SIGSTOP'),
    resume: () => kubo.signal('SIGCONT')
  }
})

backendSuite('Kubo by its repository', skipWithoutKubo, async (t) => {
  const kubo = await Kubo.start(t, tempFolder(t, 'kubo'))
  const api = `/ip4/127.0.0.1/tcp/${kubo.api}`
  const backend = backendOf({ api, repo: kubo.repo, network: 'off' })
  return { backend, plant: (cid, block) => backend.putBlock(cid, block, { signal }) }
})

backendSuite('Kubo by a unix socket', skipWithoutKubo, async (t) => {
  const folder = tempFolder(t, 'kubo')
  const kubo = await Kubo.start(t, folder)
  await kubo.kill('SIGTERM')
  const socket = join(folder, 'api.sock')
  await kubo.ipfs('config', 'Addresses.API', `/unix${socket}`)
  await kubo.startDaemon()
  const backend = backendOf({ api: `/unix${socket}`, network: 'off' })
  return { backend, plant: (cid, block) => backend.putBlock(cid, block, { signal }) }
})

t.test('a file as a stream, a DAG as an archive, pins and names', skipWithoutKubo, async (t) => {
  const folder = tempFolder(t, 'kubo')
  const kubo = await Kubo.start(t, folder)
  const backend = backendOf({ api: kubo.apiUrl, repo: 'off', network: 'off' })
  t.teardown(() => backend.close())
  const bytes = Buffer.alloc(3_000_000, 'content of a file')
  writeFileSync(join(folder, 'file'), bytes)
  const cid = Cid.parse(await kubo.ipfs('add', '-Q', join(folder, 'file')))
  const parts: Buffer[] = []
  // Each piece is good until the next one is asked for.
  for await (const piece of backend.readFile(cid, 1_000_000, { signal }))
    parts.push(Buffer.from(piece))
  t.ok(Buffer.concat(parts).equals(bytes.subarray(1_000_000)))
  let archive = 0
  for await (const piece of backend.exportDag(cid, { signal })) archive += piece.length
  t.ok(archive > bytes.length)
  await backend.pin(cid, { signal })
  await backend.unpin(cid, { signal })
  const id = (JSON.parse(await kubo.ipfs('id')) as { ID: string }).ID
  const keys = await backend.listKeys({ signal })
  t.same(
    keys.map(({ name }) => name),
    ['self']
  )
  t.equal(parseIpnsName(keys[0]!.id)!.text, parseIpnsName(id)!.text)
  await kubo.ipfs('files', 'mkdir', '/folder')
  await kubo.ipfs('files', 'cp', `/ipfs/${cid}`, '/copy')
  t.match(await backend.listMutable('/', { signal }), [
    { name: 'copy', type: 'file', size: bytes.length, cid: String(cid) },
    { name: 'folder', type: 'directory', size: 0 }
  ])
  await t.rejects(backend.listMutable('/nowhere', { signal }), { code: 'PATH_NOT_FOUND' })
  await backend.publishName('self', `/ipfs/${cid}`, { signal })
  const name = parseIpnsName(id)!
  const [record] = await backend.getNameRecords(name.text, { signal })
  t.equal(verifyIpnsRecord(record!, name, Date.now()).value, `/ipfs/${cid}`)
})

t.test(
  'where a block lies in a repository, by each way of sharding',
  skipWithoutKubo,
  async (t) => {
    const folder = tempFolder(t, 'kubo')
    const kubo = await Kubo.start(t, folder)
    writeFileSync(join(folder, 'file'), 'some content')
    const cid = Cid.parse(await kubo.ipfs('add', '-Q', '--cid-version=1', join(folder, 'file')))
    t.match(kubo.sharding(), /next-to-last\/2/)
    const repo = KuboRepo.open(kubo.repo)!
    t.teardown(() => repo.close())
    t.equal(Buffer.from(await repo.get(cid)).toString(), 'some content')
    const blocks = join(folder, 'other', 'blocks')
    mkdirSync(blocks, { recursive: true })
    t.equal(KuboRepo.open(join(folder, 'other')), undefined, 'no SHARDING')
    const [file] = kubo.blockFiles().filter((path) => path.endsWith('.data'))
    const key = file!.split('/').at(-1)!.replace('.data', '')
    const known = Cid.v1(0x55, 0x12, (await import('multiformats/bases/base32')).base32upper.baseDecode(key).subarray(2)) // prettier-ignore
    for (const [way, shard] of [
      ['prefix/3', key.slice(0, 3)],
      ['suffix/2', key.slice(-2)],
      ['next-to-last/3', key.slice(-4, -1)]
    ] as const) {
      rmSync(blocks, { recursive: true })
      mkdirSync(join(blocks, shard), { recursive: true })
      writeFileSync(join(blocks, 'SHARDING'), `/repo/flatfs/shard/v1/${way}\n`)
      writeFileSync(join(blocks, shard, `${key}.data`), 'found')
      t.equal(Buffer.from(await KuboRepo.open(join(folder, 'other'))!.get(known)).toString(), 'found', way) // prettier-ignore
    }
  }
)

t.test('options that are wrong say so', async (t) => {
  for (const [options, message] of [
    [{ api: 'ftp://x' }, /--api takes an http or https URL/],
    [{ api: 'http://user:secret@x' }, /must not hold a name or password/],
    [{ api: '/ip4/1.2.3.4/udp/4' }, /--api takes a URL/],
    [{ repo: 'relative' }, /absolute/],
    [{ network: 'maybe' }, /on or off/]
  ] as const)
    t.throws(() => backendOf(options), { code: 'USAGE', message })
  const gone = { repo: ['/nonexistent'] }
  t.throws(() => checkKubo(gone), { code: 'USAGE', message: /no repository/ })
  t.equal(new KuboBackend('node', kuboOptions(gone)).reads, 'rpc', 'one that went away later is done without') // prettier-ignore
})

t.test('of where its gateway is, a node is believed the port alone', async (t) => {
  const beside = (api: string, multiaddr: string): string | undefined => {
    const found = gatewayBeside(kuboOptions({ api: [api], repo: ['off'] }).origin, multiaddr)
    return found !== undefined && 'url' in found ? found.url.href : undefined
  }
  const here = 'http://127.0.0.1:5001'
  t.equal(beside(here, '/ip4/127.0.0.1/tcp/8080'), 'http://127.0.0.1:8080/')
  t.equal(beside(here, '/ip6/::1/tcp/8080'), 'http://[::1]:8080/')
  t.equal(beside(here, '/ip4/0.0.0.0/tcp/8080'), 'http://127.0.0.1:8080/')
  t.equal(beside('/unix/tmp/api.sock', '/ip4/127.0.0.1/tcp/8080'), 'http://127.0.0.1:8080/')
  t.equal(beside('http://192.0.2.1:5001', '/ip4/0.0.0.0/tcp/8080'), 'http://192.0.2.1:8080/')
  t.equal(beside('http://192.0.2.1:5001', '/ip4/192.0.2.1/tcp/8080'), 'http://192.0.2.1:8080/')
  for (const [api, multiaddr] of [
    ['http://192.0.2.1:5001', '/ip4/127.0.0.1/tcp/8080'],
    [here, '/ip4/192.0.2.1/tcp/8080'],
    [here, 'http://127.0.0.1:8080/latest'],
    [here, '/ip4/127.0.0.1/tcp/99999'],
    [here, '/dns4/metadata/tcp/80'],
    [here, '']
  ] as const)
    t.equal(beside(api, multiaddr), undefined, `${api} ${multiaddr}`)
})
