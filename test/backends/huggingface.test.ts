import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { facetOf } from '../../backends/facets/facets.js'
import { readRange } from '../../backends/files/read-range.js'
import { HuggingfaceBackend } from '../../backends/huggingface/backend.js'
import { hubPlace } from '../../backends/huggingface/options.js'
import { wrap } from '../../backends/wrap/index.js'
import { backendSuite } from '../contract/backend-suite.js'
import { hubServer, type HubServer } from '../servers/hub.js'

const { signal } = new AbortController()
const TOKEN = 'hf_the-token'

const backendAt = ({ url }: HubServer, token = TOKEN): HuggingfaceBackend =>
  new HuggingfaceBackend(
    'hub',
    hubPlace({ repo: ['me/archive'], endpoint: [url] }, () => token)
  )

async function opened(t: Test): Promise<{ server: HubServer; backend: HuggingfaceBackend }> {
  const server = await hubServer(t, TOKEN)
  const backend = backendAt(server)
  t.teardown(() => backend.close())
  return { server, backend }
}

const put = (backend: HuggingfaceBackend, name: string, bytes: Uint8Array): Promise<void> =>
  facetOf(backend, 'fileWriter').put(name, () => [bytes], { signal })

backendSuite('a fixture of the hub', {}, async (t) => {
  const server = await hubServer(t, TOKEN)
  const backend = backendAt(server)
  return {
    backend,
    plant: (cid, block) => facetOf(backend, 'blockWriter').putBlock(cid, block, { signal }),
    plantFile: (name, bytes) => put(backend, name, bytes)
  }
})

t.test('fixture: content goes to the LFS store whole, in parts, and never twice', async (t) => {
  const { server, backend } = await opened(t)
  for (const size of [10, 200_000, 5 << 20]) {
    const bytes = randomBytes(size)
    const pieces = function* (): Iterable<Uint8Array> {
      for (let at = 0; at < size; at += 300_000) yield bytes.subarray(at, at + 300_000)
    }
    await facetOf(backend, 'fileWriter').put(`cars/${size}.car`, pieces, { signal })
    t.ok(server.files.get(`cars/${size}.car`)?.bytes.equals(bytes), `${size}`)
    t.equal(server.files.get(`cars/${size}.car`)?.isLfs, size > 64_000)
    const range = { position: size - 7, length: 100 }
    const part = await readRange(facetOf(backend, 'fileReader'), `cars/${size}.car`, range, 100, { signal }) // prettier-ignore
    t.ok(bytes.subarray(-7).equals(part))
    await put(backend, `copy/${size}`, bytes)
  }
  t.equal(server.objects.size, 2)
  t.equal(server.leaks, 0, 'the store is never told the token')
})

t.test(
  'fixture: many puts at once go in few commits, again when another comes first',
  async (t) => {
    const { server, backend } = await opened(t)
    server.races = 2
    const names = Array.from({ length: 30 }, (_, i) => `many/${i}`)
    await Promise.all(names.map((name) => put(backend, name, Buffer.from(name))))
    t.ok(server.commits < 10, `${server.commits} commits`)
    const found: string[] = []
    for await (const { name } of facetOf(backend, 'fileReader').list('many', '', { signal }))
      found.push(name)
    t.same(found.sort(), names.sort(), 'all pages of the list')
  }
)

t.test('fixture: content that changes between its two readings is not committed', async (t) => {
  const { server, backend } = await opened(t)
  const content = (): Uint8Array[] => [randomBytes(5 << 20)]
  await t.rejects(facetOf(backend, 'fileWriter').put('a', content, { signal }), {
    code: 'INTEGRITY'
  })
  t.equal(server.files.size, 0)
})

t.test('fixture: refusals are told apart', async (t) => {
  const { server, backend } = await opened(t)
  const wrong = backendAt(server, 'hf_wrong')
  t.teardown(() => wrong.close())
  await t.rejects(facetOf(wrong, 'fileReader').stat('a', { signal }), { code: 'CREDENTIALS' })
  for (const [status, headers, code] of [
    [404, { 'x-error-code': 'RepoNotFound' }, 'BACKEND_UNAVAILABLE'],
    [404, {}, 'BACKEND_UNAVAILABLE'],
    [404, { 'x-error-code': 'RevisionNotFound' }, 'BACKEND_UNAVAILABLE'],
    [403, {}, 'CREDENTIALS'],
    [413, {}, 'TOO_LARGE'],
    [500, {}, 'BACKEND_UNAVAILABLE']
  ] as const) {
    server.intercept = (_request, response) => {
      response.writeHead(status, headers).end('{"error":"no"}')
      return true
    }
    const reading = readRange(facetOf(backend, 'fileReader'), 'a', { position: 0 }, 9, { signal })
    await t.rejects(reading, { code }, `${status}`)
  }
})

t.test(
  'fixture: links into this network, and from the hub to another list, are not followed',
  async (t) => {
    const { server, backend } = await opened(t)
    const reader = facetOf(backend, 'fileReader')
    server.intercept = (_request, response) => {
      response.writeHead(302, { location: 'http://10.0.0.1/secret' }).end()
      return true
    }
    await t.rejects(readRange(reader, 'a', { position: 0 }, 9, { signal }), {
      code: 'ACCESS_DENIED'
    })
    server.intercept = (_request, response) => {
      response.setHeader('link', '<http://127.0.0.1:1/next>; rel="next"')
      response.end('[]')
      return true
    }
    const listing = async (): Promise<void> => {
      for await (const { name } of reader.list('', '', { signal })) t.fail(name)
    }
    await t.rejects(listing(), { code: 'ACCESS_DENIED' })
    server.intercept = (request, response) => {
      response.setHeader('link', `<${server.url}${request.url}>; rel="next"`)
      response.end('[]')
      return true
    }
    await t.rejects(listing(), { code: 'BACKEND_UNAVAILABLE', message: /without end/ })
  }
)

t.test('fixture: threats 94: what expires in the middle of an upload leaves nothing', async (t) => {
  const { server, backend } = await opened(t)
  const wrapped = wrap(backend, 5000)
  const bytes = randomBytes(200_000)
  const putting = (): Promise<void> =>
    facetOf(wrapped, 'fileWriter').put('a', () => [bytes], { signal })
  server.intercept = ({ url = '' }, response) => {
    if (url.includes('/commit/')) response.writeHead(401).end('{"error":"expired"}')
    return url.includes('/commit/')
  }
  await t.rejects(putting(), { code: 'CREDENTIALS' })
  t.equal(server.files.size, 0)
  server.intercept = () => false
  server.objects.clear()
  server.expired = 1
  await putting()
  t.equal(server.expired, 0)
  t.ok(server.files.get('a')?.bytes.equals(bytes))
})

t.test('options are checked', async (t) => {
  for (const texts of [
    { repo: ['no-owner'] },
    { repo: ['a/../b'] },
    { repo: ['a/b'], revision: ['../x'] },
    { repo: ['a/b'], endpoint: ['ftp://x'] }
  ])
    t.throws(() => hubPlace(texts, () => undefined), { code: 'USAGE' }, JSON.stringify(texts))
})
