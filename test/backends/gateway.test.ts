import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { isPublicAddress } from '../../backends/addresses.js'
import type { Backend } from '../../backends/backend.js'
import { facetOf } from '../../backends/facets/facets.js'
import { GatewayBackend } from '../../backends/gateway/backend.js'
import { gatewayUrls } from '../../backends/gateway/options.js'
import { lookupFor } from '../../backends/lookup.js'
import { wrap } from '../../backends/wrap/index.js'
import { Cid, RAW } from '../../src/core/cid.js'
import { sha256, SHA2_256 } from '../../src/core/hash.js'
import { backendSuite } from '../contract/backend-suite.js'
import { httpServer, nameOfThisMachine } from '../servers/http.js'
import { Kubo, skipWithoutKubo } from '../servers/kubo.js'
import { tempFolder } from '../support/temp.js'

const { signal } = new AbortController()
const block = randomBytes(100_000)
const cid = Cid.v1(RAW, SHA2_256, sha256(block))
const RAW_TYPE = 'application/vnd.ipld.raw'

const gateway = (...urls: string[]): GatewayBackend =>
  new GatewayBackend('web', gatewayUrls({ url: urls }))

const getBlock = (backend: Backend): Promise<Uint8Array> =>
  facetOf(backend, 'blockReader').getBlock(cid, { signal })

const getRecords = (backend: Backend): Promise<readonly Uint8Array[]> =>
  facetOf(backend, 'nameRecords').getNameRecords('k51', { signal })

const good = (_: IncomingMessage, answer: ServerResponse): void => {
  answer.writeHead(200, { 'content-type': RAW_TYPE }).end(block)
}

backendSuite("Kubo's gateway", skipWithoutKubo, async (t) => {
  const folder = tempFolder(t, 'kubo')
  const kubo = await Kubo.start(t, folder)
  return {
    backend: gateway(kubo.gatewayUrl),
    plant: async (cid, block) => {
      const path = join(folder, 'block')
      writeFileSync(path, block)
      const codec = cid.codec === RAW ? 'raw' : 'dag-pb'
      await kubo.ipfs('block', 'put', '--allow-big-block', `--cid-codec=${codec}`, path)
    },
    publish: async (path) => {
      await kubo.ipfs('name', 'publish', '--allow-offline', path)
      return (JSON.parse(await kubo.ipfs('id')) as { ID: string }).ID
    },
    stop: () => kubo.signal('SIGSTOP'),
    resume: () => kubo.signal('SIGCONT')
  }
})

t.test(
  "Kubo's gateway by the name localhost, which leads to subdomains of it",
  skipWithoutKubo,
  async (t) => {
    const folder = tempFolder(t, 'kubo')
    const kubo = await Kubo.start(t, folder)
    const path = join(folder, 'block')
    writeFileSync(path, block)
    await kubo.ipfs('block', 'put', '--allow-big-block', path)
    const url = `http://localhost:${kubo.gateway}`
    const answer = await fetch(`${url}/ipfs/${String(cid)}?format=raw`, { redirect: 'manual' })
    t.match(answer.headers.get('location'), `http://${String(cid)}.ipfs.localhost:`)
    const backend = gateway(url)
    t.teardown(() => backend.close())
    t.ok(block.equals(await getBlock(backend)))
  }
)

t.test('names of this machine are asked of nobody', async (t) => {
  for (const name of ['localhost', 'a.b.localhost', 'X.LOCALHOST.'])
    for (const redirected of [false, true]) {
      const found = await new Promise((resolve) =>
        lookupFor(name, redirected)!(name, { all: true }, (_, addresses) => resolve(addresses))
      )
      t.match(found, [{ address: '127.0.0.1' }, { address: '::1' }], name)
    }
  const elsewhere = await httpServer(t, (q, a) => {
    a.writeHead(302, {
      location: `http://x.localhost:${Number(q.headers.host!.split(':')[1]) + 1}/`
    }).end()
  })
  const backend = gateway(elsewhere.replace('127.0.0.1', 'localhost'))
  t.teardown(() => backend.close())
  // threats 39
  await t.rejects(getBlock(backend), { code: 'ACCESS_DENIED' }, 'another port is another program')
})

/** Gateways that misbehave: what is asked of them fails so. */
const LIARS: Readonly<Record<string, { answer: (q: IncomingMessage, a: ServerResponse) => void; code: string }>> = {
  'other bytes': { answer: (_, a) => void a.writeHead(200, { 'content-type': RAW_TYPE }).end(randomBytes(100_000)), code: 'INTEGRITY' },
  'fewer bytes': { answer: (_, a) => void a.writeHead(200, { 'content-type': RAW_TYPE }).end(block.subarray(0, 99)), code: 'INTEGRITY' },
  'a page instead': { answer: (_, a) => void a.writeHead(200, { 'content-type': 'text/html' }).end('<html>'), code: 'UNSUPPORTED' },
  'the file instead of the block': { answer: (_, a) => void a.writeHead(200, { 'content-type': 'application/octet-stream' }).end(block), code: 'UNSUPPORTED' },
  'compressed': { answer: (_, a) => void a.writeHead(200, { 'content-type': RAW_TYPE, 'content-encoding': 'gzip' }).end(gzipSync(block)), code: 'UNSUPPORTED' },
  'a body cut short': { answer: (_, a) => { a.writeHead(200, { 'content-type': RAW_TYPE, 'content-length': '100000' }); a.write(block.subarray(0, 5)); setTimeout(() => a.destroy(), 20) }, code: 'BACKEND_UNAVAILABLE' },
  'a body without end': { answer: (_, a) => { a.writeHead(200, { 'content-type': RAW_TYPE }); const timer = setInterval(() => a.write(Buffer.alloc(1 << 20)), 1); a.on('close', () => clearInterval(timer)) }, code: 'TOO_LARGE' },
  'a length that nobody would send': { answer: (_, a) => void a.writeHead(200, { 'content-type': RAW_TYPE, 'content-length': String(2 ** 40) }).write('x'), code: 'TOO_LARGE' },
  'too many requests': { answer: (_, a) => void a.writeHead(429).end('slow down'), code: 'RATE_LIMITED' },
  'an error': { answer: (_, a) => void a.writeHead(500).end('oops'), code: 'BACKEND_UNAVAILABLE' },
  'that it has it not': { answer: (_, a) => void a.writeHead(404).end(), code: 'BLOCK_NOT_FOUND' },
  'a redirect to a cloud address': { answer: (_, a) => void a.writeHead(302, { location: 'http://169.254.169.254/latest' }).end(), code: 'ACCESS_DENIED' },
  'a redirect to another port here': { answer: (_, a) => void a.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(), code: 'ACCESS_DENIED' },
  'a redirect to itself for ever': { answer: (q, a) => void a.writeHead(302, { location: q.url! }).end(), code: 'BACKEND_UNAVAILABLE' },
  'a redirect to no host': { answer: (_, a) => void a.writeHead(302, { location: 'http://' }).end(), code: 'BACKEND_UNAVAILABLE' },
  'a redirect to half an address': { answer: (_, a) => void a.writeHead(301, { location: 'http://[::1' }).end(), code: 'BACKEND_UNAVAILABLE' },
  'a redirect to a port of six digits': { answer: (_, a) => void a.writeHead(307, { location: '//host:999999/' }).end(), code: 'BACKEND_UNAVAILABLE' },
  'a redirect to no protocol': { answer: (_, a) => void a.writeHead(308, { location: '://' + 'x'.repeat(9000) }).end(), code: 'BACKEND_UNAVAILABLE' },
  'a redirect to a script': { answer: (_, a) => void a.writeHead(302, { location: 'javascript:0' }).end(), code: 'ACCESS_DENIED' },
  'a redirect to a file': { answer: (_, a) => void a.writeHead(302, { location: 'file:///etc/passwd' }).end(), code: 'ACCESS_DENIED' },
  'a redirect to nowhere': { answer: (_, a) => void a.writeHead(302, { location: '' }).end(), code: 'BACKEND_UNAVAILABLE' },
  'a redirect that is none': { answer: (_, a) => void a.writeHead(302).end(), code: 'BACKEND_UNAVAILABLE' },
  'another protocol': { answer: (q) => void q.socket.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'), code: 'BACKEND_UNAVAILABLE' },
  'no HTTP': { answer: (q) => void q.socket.end('SSH-2.0-x\r\n'), code: 'BACKEND_UNAVAILABLE' },
  'a header without end': { answer: (q) => void q.socket.end(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}`), code: 'BACKEND_UNAVAILABLE' },
  'nothing at all': { answer: (_, a) => void a.destroy(), code: 'BACKEND_UNAVAILABLE' }
} // prettier-ignore

for (const [what, { answer, code }] of Object.entries(LIARS))
  t.test(`fixture gateway that answers ${what}: ${code}, and the next one is asked`, async (t) => {
    const liar = await httpServer(t, answer)
    const alone = gateway(liar)
    const both = gateway(liar, await httpServer(t, good))
    t.teardown(() => Promise.all([alone.close(), both.close()]))
    // threats 1, 2, 6, 39 and 41
    await t.rejects(getBlock(alone), { code })
    t.ok(block.equals(await getBlock(both)))
  })

t.test('fixture gateways: one that lied is asked last for a while', async (t) => {
  let asked = 0
  const liar = await httpServer(t, (q, a) => {
    asked++
    LIARS['other bytes']!.answer(q, a)
  })
  const backend = gateway(liar, await httpServer(t, good))
  t.teardown(() => backend.close())
  for (let i = 0; i < 5; i++) t.ok(block.equals(await getBlock(backend)))
  t.equal(asked, 1)
})

t.test('fixture gateway that is silent: TIMEOUT at the deadline', async (t) => {
  const backend = wrap(gateway(await httpServer(t, () => undefined)), 300)
  t.teardown(() => backend.close())
  const started = performance.now()
  await t.rejects(getBlock(backend), { code: 'TIMEOUT' })
  t.ok(performance.now() - started < 10_000)
})

t.test('fixture gateway that drips: TIMEOUT at the deadline', async (t) => {
  const url = await httpServer(t, (_, a) => {
    a.writeHead(200, { 'content-type': RAW_TYPE })
    const timer = setInterval(() => a.write('x'), 20)
    a.on('close', () => clearInterval(timer))
  })
  const backend = wrap(gateway(url), 300)
  t.teardown(() => backend.close())
  await t.rejects(getBlock(backend), { code: 'TIMEOUT' })
  await delay(10)
})

t.test('addresses inside this machine and its networks are not public', async (t) => {
  for (const address of [
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '0.0.0.0',
    '100.64.0.1',
    '224.0.0.1',
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::127.0.0.1',
    '::ffff:0:127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::7f00:1',
    '2002:7f00:1::',
    '2001:0:7f00:1::',
    'fec0::1',
    'fe80::1%eth0',
    '2606:4700::1111%1',
    '203.0.113.1',
    'ff02::1'
  ])
    // prettier-ignore
    t.notOk(isPublicAddress(address), address)
  for (const address of ['8.8.8.8', '1.1.1.1', '172.32.0.1', '2606:4700::1111'])
    t.ok(isPublicAddress(address), address)
})

t.test('threats 40: a name that resolves into this machine is refused', async (t) => {
  const name = await nameOfThisMachine()
  if (name === undefined) return t.comment('no name but localhost leads here')
  const backend = gateway(`http://${name}:9`)
  t.teardown(() => backend.close())
  await t.rejects(getBlock(backend), { code: 'ACCESS_DENIED', message: /inside this network/ }) // prettier-ignore
})

t.test('a gateway (fixture) that knows nothing of records is no worse for blocks', async (t) => {
  let asked = 0
  const url = await httpServer(t, (question, answer) => {
    if (question.url?.startsWith('/ipns/') === true) {
      asked++
      answer.writeHead(501).end()
    } else good(question, answer)
  })
  const wrapped = wrap(gateway(url), 2000)
  await getBlock(wrapped)
  const before = wrapped.averageMs
  for (let i = 0; i < 6; i++) await t.rejects(getRecords(wrapped), { code: 'UNSUPPORTED' })
  t.equal(asked, 6, 'each is asked once')
  t.notOk(wrapped.isDown)
  t.equal(wrapped.averageMs, before)
})

t.test('threats 37: names that take long hold up no block', async (t) => {
  const url = await httpServer(t, (question, answer) => {
    if (question.url?.startsWith('/ipns/') !== true) good(question, answer)
  })
  const wrapped = wrap(gateway(url), 6000)
  const names = Array.from({ length: 40 }, () => getRecords(wrapped))
  for (const name of names) name.catch(() => undefined)
  const started = performance.now()
  await getBlock(wrapped)
  t.ok(performance.now() - started < 5000)
  await t.rejects(names[0]!, { code: 'TIMEOUT' })
})
