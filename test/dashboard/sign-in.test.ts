/** How browsers are signed in at the dashboard of a real engine, and what a session is good for. threats 123 */
import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import t from 'tap'
import { Kit } from '../support/cli.js'
import { askHttp, jsonIn, type Asked, type HttpAnswer } from '../support/http.js'
import { tempFolder } from '../support/temp.js'

const folder = tempFolder(t, 'sign-in')
const kit = new Kit(join(folder, 'home'), { env: { IPFS_KIT_SERVICE_LISTEN: '127.0.0.1:0' } })
t.teardown(() => kit.run(['daemon', 'stop']))
writeFileSync(join(folder, 'page.html'), '<script>alert(1)</script>')
const cid = await kit.add(join(folder, 'page.html'))

interface Opened {
  readonly url: string
  readonly has_started: boolean
}

const dashboard = async (...flags: string[]): Promise<Opened> =>
  JSON.parse(await kit.ok('dashboard', '--json', ...flags)) as Opened

const first = await dashboard()
const { host, port } = new URL(first.url)

const ask = (path: string, { headers, ...asked }: Asked = {}): Promise<HttpAnswer> =>
  askHttp({ host: '127.0.0.1', port: Number(port) }, path, {
    ...asked,
    headers: { host, ...headers }
  })

async function signedIn(...flags: string[]): Promise<string> {
  const { pathname, search } = new URL((await dashboard(...flags)).url)
  return (await ask(pathname + search)).headers['set-cookie']![0]!.split(';')[0]!
}

t.test('an engine is started where none runs, and not twice', async (t) => {
  t.equal(first.has_started, true)
  t.equal((await dashboard()).has_started, false)
})

t.test('a code gives a cookie once; used again it is 401', async (t) => {
  const { pathname, search } = new URL(first.url)
  const ahead = await ask(pathname + search, { headers: { 'sec-purpose': 'prefetch' } })
  t.equal(ahead.status, 403, 'fetching ahead uses no code up')
  const answer = await ask(pathname + search)
  t.equal(answer.status, 303)
  t.equal(answer.headers.location, '/dashboard/')
  t.match(answer.headers['set-cookie']![0], /; HttpOnly; SameSite=Strict$/)
  const again = await ask(pathname + search)
  t.equal(again.status, 401)
  t.equal(again.headers['set-cookie'], undefined)
  t.equal((await ask('/sign-in?code=guess')).status, 401)
})

t.test('the page is the same for everybody, under a strict policy', async (t) => {
  const { status, headers, body } = await ask('/dashboard/')
  t.equal(status, 200)
  t.match(
    headers['content-security-policy'],
    /^default-src 'none'; script-src 'self'; .*require-trusted-types-for 'script'/
  )
  t.match(body.toString(), '<div id="page">')
  t.equal((await ask('/dashboard/', { headers: { 'if-none-match': headers.etag! } })).status, 304)
  for (const path of [
    '/dashboard/../main.js',
    '/dashboard/%2e%2e/routes.js',
    '/dashboard/x/main.js',
    '/dashboard/.html'
  ])
    t.equal((await ask(path)).status, 404, path)
})

t.test('a session reads and changes by the API', async (t) => {
  const cookie = await signedIn()
  t.equal((await ask('/api/v1/status')).status, 401)
  t.equal((await ask('/api/v1/status', { headers: { cookie } })).status, 200)
  const body = JSON.stringify({ sql: 'SELECT 1' })
  const type = { 'content-type': 'application/json' }
  const asked = { method: 'PUT', headers: { cookie, ...type }, body }
  t.equal((await ask('/api/v1/queries/one', asked)).status, 200)
})

t.test('a session to look changes nothing', async (t) => {
  const cookie = await signedIn('--read-only')
  t.same(jsonIn(await ask('/dashboard/session', { headers: { cookie } })), { read_only: true })
  t.equal((await ask('/api/v1/status', { headers: { cookie } })).status, 200)
  const headers = { cookie, 'content-type': 'application/json' }
  const body = JSON.stringify({ sql: 'SELECT 42 AS x' })
  const rows = await ask('/api/v1/query', { method: 'POST', headers, body })
  t.match(jsonIn(rows), { rows: [[42]] })
  for (const [method, path] of [
    ['PUT', '/api/v1/queries/two'],
    ['POST', '/api/v1/gc'],
    ['DELETE', `/api/v1/pins/${cid}`],
    ['POST', '/api/v1/upload?name=x']
  ] as const)
    t.equal(
      (await ask(path, { method, headers, ...(method === 'DELETE' ? {} : { body }) })).status,
      403,
      `${method} ${path}`
    )
})

t.test('a session is worth nothing to pages of others', async (t) => {
  const cookie = await signedIn()
  const other = `http://127.0.0.1:${Number(port) + 1}`
  for (const headers of [
    { origin: other },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
    { host: `rebound.example:${port}` }
  ])
    t.equal((await ask('/api/v1/status', { headers: { cookie, ...headers } })).status, 403)
  const visit = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }
  t.equal(
    (await ask('/dashboard/', { headers: { ...visit, 'sec-fetch-dest': 'document' } })).status,
    200
  )
  t.equal(
    (await ask('/dashboard/', { headers: { ...visit, 'sec-fetch-dest': 'iframe' } })).status,
    403
  )
})

t.test('content that is a page never gets the session, whose origin it would have', async (t) => {
  const cookie = await signedIn()
  for (const path of [`/ipfs/${cid}`, `/ipfs/${cid}?format=raw`])
    t.equal((await ask(path, { headers: { cookie } })).status, 401, path)
  const download = await ask(`/api/v1/download?path=${cid}`, { headers: { cookie } })
  t.equal(download.status, 200)
  t.match(download.headers, {
    'content-type': 'application/octet-stream',
    'x-content-type-options': 'nosniff'
  })
})

t.test('signing out ends the session', async (t) => {
  const cookie = await signedIn()
  const answer = await ask('/dashboard/session', { method: 'DELETE', headers: { cookie } })
  t.match(answer.headers['set-cookie']![0], /Max-Age=0/)
  t.equal((await ask('/api/v1/status', { headers: { cookie } })).status, 401)
})
