import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { dirname, join } from 'node:path'
import t from 'tap'
import { KuboBackend } from '../../backends/kubo/backend.js'
import { kuboError } from '../../backends/kubo/errors.js'
import { checkKubo, completeKubo, gatewayBeside, kuboOptions } from '../../backends/kubo/options.js'
import { KuboRepo } from '../../backends/kubo/repo.js'
import { multipart } from '../../backends/multipart.js'
import { blockPath } from '../../backends/flatfs.js'
import { Skipped } from '../../backends/skipped.js'
import { sha256, SHA2_256 } from '../../src/core/hash.js'
import { NO_FILES } from '../support/no-files.js'
import { wrap } from '../../backends/wrap/index.js'
import type { OptionTexts } from '../../backends/options.js'
import { facetOf } from '../../backends/facets/facets.js'
import { Cid, RAW } from '../../src/core/cid.js'
import type { Mapping } from '../../src/pins/mapping.js'
import { ownNodes } from '../../src/pins/own-nodes.js'
import { RemotePinTarget } from '../../src/pins/remote-pin-target.js'
import { backendSuite, type Subject } from '../contract/backend-suite.js'
import { httpServer, nameOfThisMachine } from '../servers/http.js'
import { Kubo, skipWithoutKubo } from '../servers/kubo.js'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

const backendOf = (options: Record<string, string>): KuboBackend =>
  new KuboBackend(
    'node',
    kuboOptions(Object.fromEntries(Object.entries(options).map(([name, text]) => [name, [text]])))
  )

/** What the suite needs of a node, whatever way the backend goes to it. */
const subjectOf = (backend: KuboBackend, kubo: Kubo): Subject => ({
  backend,
  plant: async (cid, block) => {
    const path = join(kubo.repo, '..', 'planted')
    writeFileSync(path, block)
    const codec = cid.codec === RAW ? 'raw' : 'dag-pb'
    await kubo.ipfs('block', 'put', '--allow-big-block', `--cid-codec=${codec}`, path)
  },
  publish: async (path) => {
    await kubo.ipfs('name', 'publish', '--allow-offline', path)
    return (JSON.parse(await kubo.ipfs('id')) as { ID: string }).ID
  },
  collectGarbage: async () => void (await kubo.ipfs('repo', 'gc')),
  proveMissing: async (t, backend) => {
    const signal = AbortSignal.timeout(60_000)
    const missing = Cid.v1(RAW, SHA2_256, sha256(Buffer.from('nobody has this')))
    const pin = facetOf(backend, 'remotePins').pin(missing, {}, { signal })
    await t.rejects(pin, { code: 'BLOCK_NOT_FOUND' })
  }
})

backendSuite('Kubo by RPC', skipWithoutKubo, async (t) => {
  const kubo = await Kubo.start(t, tempFolder(t, 'kubo'))
  const backend = backendOf({ api: kubo.apiUrl, repo: 'off', network: 'off' })
  return {
    ...subjectOf(backend, kubo),
    stop: () => kubo.signal('SIGSTOP'),
    resume: () => kubo.signal('SIGCONT')
  }
})

backendSuite('Kubo by its repository', skipWithoutKubo, async (t) => {
  const kubo = await Kubo.start(t, tempFolder(t, 'kubo'))
  const api = `/ip4/127.0.0.1/tcp/${kubo.api}`
  return subjectOf(backendOf({ api, repo: kubo.repo, network: 'off' }), kubo)
})

backendSuite('Kubo by a unix socket', skipWithoutKubo, async (t) => {
  const folder = tempFolder(t, 'kubo')
  const kubo = await Kubo.start(t, folder)
  await kubo.kill('SIGTERM')
  const socket = join(folder, 'api.sock')
  await kubo.ipfs('config', 'Addresses.API', `/unix${socket}`)
  await kubo.startDaemon()
  return subjectOf(backendOf({ api: `/unix${socket}`, network: 'off' }), kubo)
})

t.test('what Kubo says means what it says, and a proxy knows nothing of blocks', async (t) => {
  const said = (message: string): string => JSON.stringify({ Message: message, Code: 0, Type: 'error' }) // prettier-ignore
  for (const [command, status, text, code] of [
    [
      'block/get',
      500,
      said('block was not found locally (offline): ipld: could not find bafy'),
      'BLOCK_NOT_FOUND'
    ],
    ['block/get', 500, said('ipld: could not find bafy').slice(0, 40), 'BLOCK_NOT_FOUND'],
    ['block/get', 500, said('context deadline exceeded'), 'TIMEOUT'],
    ['block/get', 500, said('routing: not found'), 'BACKEND_UNAVAILABLE'],
    ['block/get', 500, 'ipld: could not find', 'BACKEND_UNAVAILABLE'],
    ['block/get', 404, '404 page not found', 'BACKEND_UNAVAILABLE'],
    ['block/get', 403, '403 - Forbidden', 'CREDENTIALS'],
    ['block/get', 429, '', 'RATE_LIMITED'],
    ['block/get', 504, '', 'TIMEOUT'],
    ['name/get', 500, said('routing: not found'), 'BLOCK_NOT_FOUND'],
    ['name/get', 500, said('this command must be run in online mode'), 'UNSUPPORTED'],
    ['name/get', 404, '404 page not found', 'UNSUPPORTED'],
    ['pin/rm', 500, said('not pinned or pinned indirectly'), 'BLOCK_NOT_FOUND']
  ] as const) {
    const error = kuboError(command, { where: 'node', status, text })
    t.equal(error.code, code, `${command} ${status} ${text}`)
    t.match(error.message, `node answers ${status}`)
  }
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

t.test('threats 40: a stream goes to no name that resolves into this machine', async (t) => {
  const name = await nameOfThisMachine()
  if (name === undefined) return t.comment('no name but localhost leads here')
  let asked = 0
  const url = await httpServer(t, (_, answer) => {
    asked++
    answer.end('secret')
  })
  const backend = backendOf({ api: url.replace('127.0.0.1', name), repo: 'off' })
  t.teardown(() => backend.close())
  const cid = Cid.parse('bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy')
  const { signal } = new AbortController()
  const refused = { code: 'ACCESS_DENIED', message: /inside this network/ }
  const stream = facetOf(backend, 'fileStreams').readFile(cid, 0, { signal })
  await t.rejects(stream[Symbol.asyncIterator]().next() as Promise<unknown>, refused)
  await t.rejects(facetOf(backend, 'blockReader').getBlock(cid, { signal }), refused)
  t.equal(asked, 0)
})

t.test(
  'the address of a node is what its repository says, and that is $IPFS_PATH or ~/.ipfs',
  async (t) => {
    const { IPFS_PATH, HOME } = process.env
    t.teardown(() => {
      for (const [name, value] of Object.entries({ IPFS_PATH, HOME }))
        if (value === undefined) delete process.env[name]
        else process.env[name] = value
    })
    const folder = tempFolder(t, 'kubo')
    const write = (repo: string, text: string): string => {
      mkdirSync(join(folder, repo), { recursive: true })
      writeFileSync(join(folder, repo, 'api'), text)
      return join(folder, repo)
    }
    const seen = (options: OptionTexts = {}): [string, string | undefined] => {
      const { origin, repo } = kuboOptions(options)
      return ['url' in origin ? origin.url.href : origin.socketPath, repo]
    }
    process.env['HOME'] = folder
    delete process.env['IPFS_PATH']
    const usual = join(folder, '.ipfs')
    t.same(seen(), ['http://127.0.0.1:5001/', usual], 'it need not run')
    write('.ipfs', '/ip4/127.0.0.1/tcp/5002')
    t.same(seen(), ['http://127.0.0.1:5002/', usual])
    t.same(completeKubo({}), {})
    for (const [text, href] of [
      ['/ip4/127.0.0.1/tcp/5003\n', 'http://127.0.0.1:5003/'],
      ['/ip6/::1/tcp/5004', 'http://[::1]:5004/'],
      ['/dns4/localhost/tcp/5005/http', 'http://localhost:5005/'],
      ['/dns/node.example/tcp/443/https', 'https://node.example/'],
      ['/unix/run/kubo.sock', '/run/kubo.sock']
    ] as const) {
      const path = write('other', text)
      process.env['IPFS_PATH'] = path
      t.same(seen(), [href, path], text)
      t.same(seen(completeKubo({})), [href, path], 'as it is kept')
      t.same(seen({ repo: ['off'] }), [href, undefined])
      t.same(seen({ repo: [usual] }), ['http://127.0.0.1:5002/', usual], 'the one that is named')
    }
    write('other', '/ip4/127.0.0.1/tcp/5003')
    const other = join(folder, 'other')
    t.same(seen({ api: ['http://localhost:5003'] }), ['http://localhost:5003/', other])
    t.same(seen({ api: ['/ip4/127.0.0.1/tcp/5001'] }), ['http://127.0.0.1:5001/', undefined], 'another node') // prettier-ignore
    for (const text of ['garbage', '', 'ftp://x', '/ip4/127.0.0.1/tcp/99999']) {
      write('other', text)
      const warnings: string[] = []
      const { origin } = kuboOptions({}, (warning) => warnings.push(warning))
      t.match(origin, { url: new URL('http://127.0.0.1:5001') }, `"${text}" is done without`)
      t.match(warnings, [/other\/api says no address of an API; .* name its --api/])
      t.same(seen({ api: ['http://localhost:5003'] }), ['http://localhost:5003/', undefined])
    }
    process.env['IPFS_PATH'] = '~/other'
    t.same(completeKubo({}), { repo: [other] })
  }
)

t.test('a node of $IPFS_PATH is kept with its repository', skipWithoutKubo, async (t) => {
  const folder = tempFolder(t, 'kubo')
  const kubo = await Kubo.start(t, folder)
  const kit = new Kit(join(folder, 'home'))
  const { code, stderr } = await kit.run(['backend', 'add', 'node', '--type', 'kubo', '--network', 'off'], { env: { IPFS_PATH: kubo.repo } }) // prettier-ignore
  t.equal(code, 0, stderr)
  writeFileSync(join(folder, 'file'), 'content')
  const cid = await kubo.ipfs('add', '-Q', join(folder, 'file'))
  t.equal((await kit.run(['cat', cid], { env: { IPFS_PATH: '', HOME: folder } })).stdout.toString(), 'content') // prettier-ignore
  t.match(await kit.ok('backend', 'test', 'node'), /Kubo 0/, 'its API is found, too')
})

for (const [what, make] of Object.entries(NO_FILES))
  t.test(`threats 55: ${what} lies where a repository should have a block`, async (t) => {
    const folder = join(tempFolder(t, 'repo'), 'repo')
    const blocks = join(folder, 'blocks')
    mkdirSync(blocks, { recursive: true })
    writeFileSync(join(blocks, 'SHARDING'), '/repo/flatfs/shard/v1/next-to-last/2\n')
    const warnings: string[] = []
    const repo = KuboRepo.open(folder, new Skipped('node', (text) => warnings.push(text)))!
    const [odd, sound] = ['odd', 'sound'].map((text) => Cid.v1(RAW, SHA2_256, sha256(Buffer.from(text)))) // prettier-ignore
    for (const cid of [odd!, sound!])
      mkdirSync(dirname(blockPath(repo.folder, cid)), { recursive: true })
    await make(blockPath(repo.folder, odd!), t)
    writeFileSync(blockPath(repo.folder, sound!), 'sound')
    for (let i = 0; i < 2; i++) {
      await t.rejects(repo.get(odd!))
      t.equal(Buffer.from(await repo.get(sound!)).toString(), 'sound')
    }
    if (what !== 'a link to itself') t.match(warnings, [/^backend node: .*; it is skipped$/])
    // A thread that waits in a system call would not end.
    await repo.close()
    for (const file of [join(blocks, 'SHARDING'), join(folder, 'api')]) {
      rmSync(file, { force: true })
      await make(file, t)
    }
    t.equal(KuboRepo.open(folder), undefined)
    const { origin } = kuboOptions({ repo: [folder] })
    t.match(origin, { url: new URL('http://127.0.0.1:5001') })
  })

t.test('threats 46: options that are wrong say so', async (t) => {
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
  t.equal(new KuboBackend('node', kuboOptions(gone)).folder, undefined, 'one that went away later is done without') // prettier-ignore
})

t.test('threats 38: of where its gateway is, a node is believed the port alone', async (t) => {
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

t.test(
  'a node is connected to another by its addresses, and pins what only that one has',
  skipWithoutKubo,
  async (t) => {
    const [one, two] = [
      await Kubo.startOnline(t, tempFolder(t, 'one')),
      await Kubo.startOnline(t, tempFolder(t, 'two'))
    ]
    const [here, there] = [one, two].map((kubo) => backendOf({ api: kubo.apiUrl, repo: 'off' }))
    t.teardown(() => Promise.all([here!.close(), there!.close()]))
    const signal = AbortSignal.timeout(60_000)
    const block = Buffer.from('what only the other one has')
    const cid = Cid.v1(RAW, SHA2_256, sha256(block))
    await facetOf(there!, 'blockWriter').putBlock(cid, block, { signal })
    const addresses = await facetOf(there!, 'peers').getAddresses({ signal })
    t.match(addresses, [/^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\/12D3/])
    const unreachable = '/ip4/127.0.0.1/tcp/9/p2p/12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp' // prettier-ignore
    await facetOf(here!, 'peers').connect([unreachable, ...addresses], { signal })
    const status = await facetOf(here!, 'remotePins').pin(cid, { name: 'theirs' }, { signal })
    t.match(status, { state: 'pinned', name: 'theirs' })
    t.match(await facetOf(here!, 'pinStates').statusOf(cid, { signal }), { name: 'theirs' })
  }
)

t.test(
  'a pin may take as long as it goes on, and is late when it stands still',
  { ...skipWithoutKubo, timeout: 180_000 },
  async (t) => {
    const [one, two] = [
      await Kubo.startOnline(t, tempFolder(t, 'one')),
      await Kubo.startOnline(t, tempFolder(t, 'two'))
    ]
    const plain = [one, two].map((kubo) => backendOf({ api: kubo.apiUrl, repo: 'off' }))
    const [here, there] = plain
    t.teardown(() => Promise.all(plain.map((backend) => backend.close())))
    const signal = AbortSignal.timeout(120_000)
    const addresses = await facetOf(there!, 'peers').getAddresses({ signal })
    await facetOf(here!, 'peers').connect(addresses, { signal })
    const path = join(tempFolder(t, 'many'), 'blocks')
    const added = async (bytes: number): Promise<Cid> => {
      writeFileSync(path, randomBytes(bytes))
      return Cid.parse(await two.ipfs('add', '-Q', '--cid-version=1', '--chunker=size-512', path))
    }
    // Kubo tells of its progress twice a second, so that each call lives only by being extended.
    const pins = facetOf(wrap(here!, 1500), 'remotePins')
    const root = await added(2_000_000)
    t.match(await pins.pin(root, { name: 'large' }, { signal }), { state: 'pinned' })
    t.match(await one.ipfs('pin', 'ls', '--type=recursive'), String(root))
    const lost = await added(1000)
    two.signal('SIGSTOP')
    await t.rejects(pins.pin(lost, {}, { signal }), { code: 'TIMEOUT' })
  }
)

t.test('an answer that ends in a failure, or says nothing, is no pin (fixture)', async (t) => {
  const cid = Cid.v1(RAW, SHA2_256, sha256(Buffer.from('some content')))
  const answers: ((answer: ServerResponse) => void)[] = [
    (answer) => {
      answer.writeHead(200, { Trailer: 'X-Stream-Error' })
      answer.write('{"Progress":5}\n')
      answer.addTrailers({ 'X-Stream-Error': 'pin: block was not found locally (offline): ipld: could not find bafy' }) // prettier-ignore
      answer.end()
    },
    (answer) => answer.end('{"Progress":5}\n'),
    (answer) => answer.end('{"Progress":-5}\n'),
    (answer) => answer.end(`{"Progress":5}\n{"Pins":["${cid}"]}\n`)
  ]
  const url = await httpServer(t, (_, answer) => answers.shift()!(answer))
  const backend = backendOf({ api: url, repo: 'off' })
  t.teardown(() => backend.close())
  const signal = AbortSignal.timeout(60_000)
  const pin = () => facetOf(backend, 'remotePins').pin(cid, {}, { signal })
  await t.rejects(pin(), { code: 'BLOCK_NOT_FOUND', message: /failed on the way: pin: block/ })
  await t.rejects(pin(), { code: 'BACKEND_UNAVAILABLE', message: /unknown to us/ })
  await t.rejects(pin(), { code: 'BACKEND_UNAVAILABLE' })
  t.match(await pin(), { state: 'pinned' })
})

t.test(
  'content that holds the boundary of another form is stored whole',
  skipWithoutKubo,
  async (t) => {
    const kubo = await Kubo.start(t, tempFolder(t, 'kubo'))
    const backend = backendOf({ api: kubo.apiUrl, repo: 'off', network: 'off' })
    t.teardown(() => backend.close())
    const signal = AbortSignal.timeout(60_000)
    const [, boundary] = /boundary=(.+)$/.exec(
      multipart(new Uint8Array(0)).headers!['content-type']!
    )!
    const block = Buffer.from(`before\r\n--${boundary}--\r\nbehind`)
    const cid = Cid.v1(RAW, SHA2_256, sha256(block))
    await facetOf(backend, 'blockWriter').putBlock(cid, block, { signal })
    t.same(await facetOf(backend, 'blockReader').getBlock(cid, { signal }), block)
  }
)

t.test('fixture: a node that keeps or pins something else has taken nothing', async (t) => {
  const block = Buffer.from('a block')
  const cid = Cid.v1(RAW, SHA2_256, sha256(block))
  const other = String(Cid.v1(RAW, SHA2_256, sha256(Buffer.from('another block'))))
  const api = await httpServer(t, ({ url = '' }, response) => {
    const answer = url.includes('block/put')
      ? { Key: other, Size: block.length }
      : url.includes('pin/add')
        ? { Pins: [other] }
        : { Keys: { [other]: { Type: 'recursive' } } }
    response.end(JSON.stringify(answer))
  })
  const backend = backendOf({ api, repo: 'off' })
  t.teardown(() => backend.close())
  const { blockWriter, remotePins, pinStates } = backend.facets
  const signal = AbortSignal.timeout(60_000)
  await t.rejects(blockWriter!.putBlock(cid, block, { signal }), { code: 'INTEGRITY' })
  await t.rejects(remotePins!.pin(cid, {}, { signal }), { code: 'BACKEND_UNAVAILABLE' })
  await t.rejects(pinStates!.statusOf(cid, { signal }), { code: 'BACKEND_UNAVAILABLE' })
})

t.test('fixture: a copy on a node is verified by what the node has itself', async (t) => {
  const block = Buffer.from('a block')
  const cid = Cid.v1(RAW, SHA2_256, sha256(block))
  const api = await httpServer(t, ({ url = '' }, response) => {
    if (!url.includes('offline=true')) return response.end(block)
    response.statusCode = 500
    response.end(JSON.stringify({ Message: `block was not found locally (offline): ipld: could not find ${cid}`, Code: 0, Type: 'error' })) // prettier-ignore
  })
  const backend = wrap(backendOf({ api, repo: 'off' }), 5000)
  t.teardown(() => backend.close())
  const signal = AbortSignal.timeout(60_000)
  t.same(await facetOf(backend, 'blockReader').getBlock(cid, { signal }), block, 'of the network')
  const mapping = { cid: String(cid) } as Mapping
  const options = { signal, onBytes: () => undefined, onTotal: () => undefined }
  await t.rejects(
    new RemotePinTarget(
      backend,
      ownNodes(() => Promise.resolve([]))
    ).check(mapping, options),
    { code: 'BLOCK_NOT_FOUND' }
  )
})
