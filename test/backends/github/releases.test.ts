import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { facetOf } from '../../../backends/facets/facets.js'
import { readRange } from '../../../backends/files/read-range.js'
import { assetName, meaningOf } from '../../../backends/github/asset-name.js'
import { GithubBackend } from '../../../backends/github/backend.js'
import { githubOptions } from '../../../backends/github/options.js'
import { backendSuite } from '../../contract/backend-suite.js'
import { githubApi, type GithubApi } from '../../servers/github-api.js'
import { TestClock } from '../../support/clock.js'

const { signal } = new AbortController()
const TOKEN = 'the-token'

function backendAt({ url }: GithubApi, token = TOKEN, clock?: TestClock): GithubBackend {
  const texts = { repo: ['me/archive'], store: ['releases'], api: [url] }
  return new GithubBackend(
    'hub',
    githubOptions(texts, () => token),
    { clock }
  )
}

async function opened(
  t: Test,
  clock?: TestClock
): Promise<{ server: GithubApi; backend: GithubBackend }> {
  // prettier-ignore
  const server = await githubApi(t, TOKEN)
  const backend = backendAt(server, TOKEN, clock)
  t.teardown(() => backend.close())
  return { server, backend }
}

const put = (backend: GithubBackend, name: string, bytes: Uint8Array): Promise<void> =>
  facetOf(backend, 'fileWriter').put(name, () => [bytes], { signal })

const read = async (backend: GithubBackend, name: string): Promise<Buffer> =>
  Buffer.from(
    await readRange(facetOf(backend, 'fileReader'), name, { position: 0 }, 8 << 20, { signal })
  )

backendSuite('a fixture of releases', {}, async (t) => {
  const server = await githubApi(t, TOKEN)
  const backend = backendAt(server)
  return {
    backend,
    plant: (cid, block) => facetOf(backend, 'blockWriter').putBlock(cid, block, { signal }),
    plantFile: (name, bytes) => put(backend, name, bytes)
  }
})

t.test('names of files and of assets are each other', (t) => {
  for (const name of ['cars/a.car', '.put', 'a.', 'a..b', 'über_x', 'a b%', '_v12345678', 'x_e'])
    for (const isFirst of [true, false])
      for (const isEmpty of [true, false]) {
        const asset = assetName(name, isEmpty, isFirst)
        t.match(asset, /^[\w-][\w.-]*$/)
        t.same(meaningOf(asset), { name, isEmpty }, asset)
      }
  t.same(meaningOf('their_file.car'), { name: 'their_file.car', isEmpty: false })
  t.end()
})

t.test(
  'fixture: files of several pages, of which those that are the same cost nothing',
  async (t) => {
    const clock = new TestClock()
    const { server, backend } = await opened(t, clock)
    for (let i = 0; i < 150; i++) {
      server.assets.set(i + 1, { id: i + 1, name: `their${i}.car`, size: 1, state: 'uploaded', created_at: '' }) // prettier-ignore
      server.contents.set(i + 1, Buffer.from('x'))
    }
    server.hasRelease = true
    t.equal((await read(backend, 'their149.car')).toString(), 'x')
    t.equal(server.pages, 2)
    clock.advance(5000)
    t.equal((await read(backend, 'their0.car')).toString(), 'x')
    t.equal(server.pages, 2)
    t.equal(server.same, 2)
    t.equal(server.leaks, 0, 'the store is never told the token')
  }
)

t.test(
  'fixture: a file that is replaced is the older one or the newer one at every moment',
  async (t) => {
    const { server, backend } = await opened(t)
    const [older, newer] = [randomBytes(5 << 20), randomBytes(5 << 20)]
    await put(backend, 'cars/a.car', older)
    const requests: string[] = []
    let isWatching = true
    server.intercept = ({ method = '' }) => {
      if (isWatching && (method === 'PATCH' || method === 'DELETE')) requests.push(method)
      return false
    }
    await put(backend, 'cars/a.car', newer)
    isWatching = false
    t.same(requests, ['PATCH', 'DELETE'], 'the older one goes when the newer one is there')
    t.ok(newer.equals(await read(backend, 'cars/a.car')))
    t.equal(server.assets.size, 1)
  }
)

t.test('fixture: two writers of one file leave one of theirs', async (t) => {
  const { server, backend } = await opened(t)
  const other = backendAt(server)
  t.teardown(() => other.close())
  await Promise.all([put(backend, 'a', Buffer.from('one')), put(other, 'a', Buffer.from('two'))])
  const third = backendAt(server)
  t.teardown(() => third.close())
  t.ok(['one', 'two'].includes((await read(third, 'a')).toString()))
  await facetOf(third, 'fileWriter').remove('a', { signal })
  t.equal(server.assets.size, 0, 'none comes to light again')
})

t.test('fixture: what was never put to its end is not shown, and goes after a day', async (t) => {
  const { server, backend } = await opened(t)
  server.hasRelease = true
  const name = `_t${'0'.repeat(8)}-0000-0000-0000-${'0'.repeat(12)}`
  const old = new Date(Date.now() - 2 * 86_400_000).toISOString()
  server.assets.set(1, { id: 1, name, size: 5, state: 'uploaded', created_at: old })
  server.assets.set(2, { id: 2, name: 'half', size: 5, state: 'starter', created_at: old })
  for await (const entry of facetOf(backend, 'fileReader').list('', '', { signal }))
    t.fail(entry.name)
  await put(backend, 'a', Buffer.from('x'))
  t.notOk(server.assets.has(1))
})

t.test('fixture: refusals are told apart, and limits are kept to', async (t) => {
  const { server, backend } = await opened(t)
  const reader = facetOf(backend, 'fileReader')
  const wrong = backendAt(server, 'wrong')
  t.teardown(() => wrong.close())
  await t.rejects(facetOf(wrong, 'fileReader').stat('a', { signal }), { code: 'CREDENTIALS' })
  for (const [status, text, code, message] of [
    [404, '{"message":"Not Found"}', 'BACKEND_UNAVAILABLE', /make the repository first/],
    [403, '{"message":"You have exceeded a secondary rate limit"}', 'RATE_LIMITED', /secondary/],
    [403, '{"message":"Resource not accessible by token"}', 'CREDENTIALS', /not accessible/],
    [500, 'no', 'BACKEND_UNAVAILABLE', /500/]
  ] as const) {
    server.intercept = (_request, response) => {
      response.writeHead(status).end(text)
      return true
    }
    await t.rejects(reader.stat('a', { signal }), { code, message }, String(status))
  }
})

t.test('fixture: a release that is full says what to do', async (t) => {
  const { server, backend } = await opened(t)
  server.hasRelease = true
  for (let id = 1; id <= 1000; id++)
    server.assets.set(id, { id, name: `their${id}`, size: 1, state: 'uploaded', created_at: '' })
  await t.rejects(put(backend, 'a', Buffer.from('x')), { code: 'QUOTA', message: /--release/ })
})

t.test(
  'fixture: threats 95: an upload to another host is refused before it has the token',
  async (t) => {
    const { server, backend } = await opened(t)
    server.intercept = (request, response) => {
      if (!request.url!.includes('/tags/')) return false
      response.end(JSON.stringify({ id: 7, upload_url: 'http://127.0.0.1:1/x{?name}' }))
      return true
    }
    await t.rejects(put(backend, 'a', Buffer.from('x')), { code: 'ACCESS_DENIED' })
  }
)

t.test('options are checked', async (t) => {
  for (const texts of [
    {},
    { store: ['releases'] },
    { repo: ['x'] },
    { repo: ['a/b'], store: ['releases'], url: ['/x'] },
    { repo: ['a/b'], branch: ['a..b'] },
    { repo: ['a/b'], branch: ['-x'] },
    { url: ['ext::sh -c id'] },
    { url: ['--upload-pack=id'] },
    { url: ['https://me:secret@example.org/x.git'] },
    { url: ['relative/path'] }
  ])
    t.throws(() => githubOptions(texts, () => undefined), { code: 'USAGE' }, JSON.stringify(texts))
  for (const url of [
    'git@example.org:me/x.git',
    'ssh://git@example.org/x',
    '/srv/x.git',
    'file:///x'
  ])
    t.match(
      githubOptions({ url: [url] }, () => undefined),
      { branch: { url } }
    )
})
