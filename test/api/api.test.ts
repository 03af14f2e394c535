/** The API for programs over a real engine: every operation answers what its schema says. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { ApiOperation } from '../../src/api/api-operation.js'
import { CATALOG } from '../../src/api/catalog.js'
import { TRANSFERS } from '../../src/api/transfers.js'
import { Kit } from '../support/cli.js'
import { ROOT } from '../support/paths.js'
import { askHttp, jsonIn, type Asked, type HttpAnswer } from '../support/http.js'
import { tempFolder } from '../support/temp.js'

t.setTimeout(240_000)

type Json = Readonly<Record<string, unknown>>

const named = (name: string): ApiOperation => CATALOG.find((one) => one.name === name)!

t.test(
  'no two operations have the same name, or places that only differ in the name of a field',
  async (t) => {
    const all = [...CATALOG, ...TRANSFERS]
    t.equal(new Set(all.map(({ name }) => name)).size, all.length)
    const templates = new Map<string, string>()
    for (const { path } of all) {
      const shape = path.replace(/\{\w+\}/g, '{}')
      t.equal(templates.get(shape) ?? path, path)
      templates.set(shape, path)
    }
    t.equal(new Set(all.map(({ method, path }) => `${method} ${path}`)).size, all.length)
  }
)

t.test('over an engine', async (t) => {
  const folder = tempFolder(t, 'api')
  const kit = new Kit(join(folder, 'home'))
  t.teardown(() => kit.run(['daemon', 'stop']))
  await kit.ok('daemon', 'start')
  const place = { socketPath: join(kit.home, 'run', 'socket') }
  const ask = (path: string, asked?: Asked): Promise<HttpAnswer> =>
    askHttp(place, `/api/v1${path}`, asked)
  const tested = new Set<string>()

  /** Runs an operation, which must succeed, and answer what its schema says. */
  const call = async (name: string, input: Json = {}): Promise<Json> => {
    const { method, path, result } = named(name)
    const rest = new Map(Object.entries(input))
    const filled = path.replace(/\{(\w+)\}/g, (_, field: string) => {
      const value = String(rest.get(field))
      rest.delete(field)
      return encodeURIComponent(value)
    })
    const isInBody = method !== 'GET' && method !== 'DELETE'
    const query = new URLSearchParams(
      isInBody ? [] : [...rest].map(([key, value]): [string, string] => [key, String(value)])
    )
    const answer = await ask(query.size > 0 ? `${filled}?${query}` : filled, {
      method,
      ...(isInBody
        ? {
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(Object.fromEntries(rest))
          }
        : {})
    })
    t.equal(answer.status, 200, `${name}: ${answer.body}`)
    const body = jsonIn<Json>(answer)
    t.match(body, { success: true, operation: name, timestamp: /Z$/, correlation_id: /-/ })
    const parsed = result.safeParse(body)
    t.ok(parsed.success, `${name}: ${parsed.success ? '' : parsed.error.message}`)
    tested.add(name)
    return body
  }

  const csv = join(folder, 'rows.csv')
  writeFileSync(csv, 'city,people\nBern,134794\nBasel,177827\n')
  mkdirSync(join(folder, 'tree'))
  for (let i = 0; i < 5; i++) writeFileSync(join(folder, 'tree', `f${i}`), `content ${i}`)
  const { roots } = (await call('add', { paths: [join(folder, 'tree')] })) as unknown as { roots: { cid: string }[] } // prettier-ignore
  const { cid } = roots[0]!

  t.test('content', async (t) => {
    const first = (await call('ls', { path: cid, limit: 2 })) as { next_cursor: string; entries: object[] } // prettier-ignore
    t.match(first, { total: 5, entries: [{ name: 'f0' }, { name: 'f1' }] })
    t.match(await call('ls', { path: cid, limit: 3, cursor: first.next_cursor }), { next_cursor: null, entries: [{ name: 'f2' }, {}, {}] }) // prettier-ignore
    t.match(await call('stat', { path: `/ipfs/${cid}/f1` }), { type: 'file', size: 9, local: true })
    t.match(await call('explain', { path: cid }), { missing: [] })
    const node = await call('dag show', { path: cid })
    t.match(node, { codec: 'dag-pb', links: [{ path: 'Links/0/Hash' }] })
    t.match(await call('dag show', { path: `${cid}/f1` }), { codec: 'raw', links: [], json: null })
    await call('get', { path: `${cid}/f0`, output: join(folder, 'copy') })
    t.ok(existsSync(join(folder, 'copy')))
    t.match(await call('cache warm', { paths: [cid] }), { files: 5 })
  })

  t.test('pins and backends', async (t) => {
    const store = join(folder, 'store')
    mkdirSync(store)
    await call('backend add', { name: 'disk', type: 'filesystem', options: { path: store } })
    t.match(await call('backend ls'), { backends: [{ name: 'disk' }] })
    await call('backend show', { name: 'disk' })
    t.match(await call('backend update', { name: 'disk', priority: 3 }), { priority: 3 })
    t.match(await call('backend test', { name: 'disk' }), { ok: true })
    const added = await call('pin add', { paths: [cid], name: 'the tree', backends: ['disk'] })
    t.match(added, {
      pins: [{ cid, name: 'the tree' }],
      copies: [{ status: 'stored', code: null }]
    })
    t.match(await call('pin whereis', { cid }), { copies: [{ backend: 'disk' }] })
    t.match(await call('pin copies', { backend: 'disk', limit: 10 }), { pins: [{ cid }] })
    t.match(await call('pin verify', { read_data: true }), { copies: [{ status: 'stored' }] })
    await call('pin heal')
    await call('pin move', { dry_run: true })
    t.match(await call('pin health'), { healthy: true, copies: 1 })
    await call('pin insights')
    t.match(await call('pin release', { cids: [cid] }), { copies: [{ status: 'removed' }] })
    await call('backend drain', { name: 'disk' })
    t.match(await call('backend rm', { name: 'disk' }), { name: 'disk' })
    t.match(await call('pin ls', { limit: 10 }), { pins: [{ cid }], next_cursor: null })
  })

  t.test('tables', async (t) => {
    t.match(await call('dataset put', { name: 'cities', paths: [csv] }), { rows: 2, version: 1 })
    t.match(await call('dataset ls'), { datasets: [{ name: 'cities' }], next_cursor: null })
    await call('dataset show', { ref: 'cities@v1' })
    await call('dataset versions', { ref: 'cities' })
    t.match(await call('dataset rows', { ref: 'cities', where: 'people > 150000' }), { rows: [['Basel', 177827]], count: 1 }) // prettier-ignore
    const more = await ask('/datasets/upload?name=cities&format=csv', { method: 'POST', body: 'city,people\nBern,1\n' }) // prettier-ignore
    t.match(jsonIn(more), { version: 2, rows: 1 })
    t.match(await call('dataset diff', { ref: 'cities@v1', to: 'cities@v2' }), { removed: 2, added: 1 }) // prettier-ignore
    const { body } = await ask('/datasets/cities%40v1/download?format=csv')
    t.equal(body.toString(), 'city,people\nBern,134794\nBasel,177827\n')
    const { data } = (await call('dataset show', { ref: 'cities' })) as { data: string }
    t.match(await call('dataset adopt', { name: 'adopted', path: data }), { rows: 1 })
    const sql = 'SELECT city FROM cities WHERE people < $most'
    t.match(await call('query', { sql, parameters: { most: 5 } }), { rows: [['Bern']], columns: [{ name: 'city' }] }) // prettier-ignore
    const rounded = await ask('/query', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"sql": "SELECT $n", "parameters": {"n": 9007199254740993}}' }) // prettier-ignore
    t.equal(rounded.status, 400)
    t.match(rounded.body.toString(), /2\^53 loses digits/)
    await call('query tables')
    await call('query save', { name: 'few', sql: 'SELECT 1 AS one' })
    t.match(await call('query ls'), { queries: [{ name: 'few' }] })
    await call('query rm', { name: 'few' })
    t.match(await call('dataset rm', { ref: 'adopted' }), { left: 0 })
  })

  t.test('what is known', async (t) => {
    await call('metadata refresh')
    t.match(await call('metadata query', { where: `cid == "${cid}"` }), { records: [{ cid }] })
    await call('metadata count')
    t.match(await call('metadata tag', { paths: [cid], add: ['raw'] }), { records: [{ tags: ['raw'] }] }) // prettier-ignore
    t.match(await call('metadata show', { cid }), { record: { tags: ['raw'] } })
    await call('metadata locate', { cid })
    await call('cache stats')
    await call('cache ls')
    await call('cache evict', { cids: [cid] })
    await call('cache clear')
    await call('wal status')
    const { operations } = (await call('wal ls')) as unknown as { operations: { operation_id: string }[] } // prettier-ignore
    await call('wal show', { id: operations[0]!.operation_id })
    await call('wal retry', { failed: true })
    for (const name of ['version', 'status', 'daemon status', 'doctor', 'job ls']) await call(name)
    await call('gc', { dry_run: true })
    await call('fsck')
  })

  t.test('bytes of any size, and ranges', async (t) => {
    const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 7919) >> 5))
    const added = jsonIn<{ cid: string }>(
      await ask('/upload?name=big', { method: 'POST', body: bytes })
    )
    const whole = await ask(`/download?path=${added.cid}`)
    t.ok(whole.body.equals(bytes))
    const part = await ask(`/download?path=${added.cid}`, { headers: { range: 'bytes=5-9' } })
    t.match(part, { status: 206, headers: { 'content-range': 'bytes 5-9/3000000' } })
    t.ok(part.body.equals(bytes.subarray(5, 10)))
    const known = { headers: { 'if-none-match': String(whole.headers.etag) } }
    t.equal((await ask(`/download?path=${added.cid}`, known)).status, 304)
    t.match(await ask(`/download?path=${cid}`), { status: 409 })
    const car = await ask(`/cars?path=${cid}`)
    t.equal(car.status, 200)
    const imported = await ask('/cars', { method: 'POST', body: car.body })
    t.match(jsonIn(imported), { success: true, roots: [cid], missing: 0 })
    const bad = await ask('/cars', { method: 'POST', body: 'no archive' })
    t.equal(bad.status, 409, bad.body.toString())
    t.equal((await ask(`/cars?path=${cid}`, { method: 'HEAD' })).body.length, 0)
  })

  t.test('tags of answers, and keys of writes', async (t) => {
    const first = await ask('/backends')
    t.equal((await ask('/backends', { headers: { 'if-none-match': String(first.headers.etag) } })).status, 304) // prettier-ignore
    const save = (key: string, sql: string) =>
      ask('/queries/kept', {
        method: 'PUT',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify({ sql })
      })
    const made = await save('one', 'SELECT 1')
    t.equal(made.status, 200)
    t.ok((await save('one', 'SELECT 1')).body.equals(made.body), 'the same answer')
    t.equal((await save('one', 'SELECT 2')).status, 409, 'another request')
    t.equal((await save('two', 'SELECT nonsense FROM')).status, 409)
    t.equal((await save('two', 'SELECT nonsense FROM')).status, 409, 'failures are not kept')
    t.equal((await save('x'.repeat(300), 'SELECT 1')).status, 409)
  })

  t.test('jobs: progress, results, and their end', async (t) => {
    const start = (sql: string) =>
      ask('/query', {
        method: 'POST',
        headers: { 'content-type': 'application/json', prefer: 'respond-async' },
        body: JSON.stringify({ sql })
      })
    const started = await start('SELECT 41 + 1 AS answer')
    t.match(started, { status: 202, headers: { location: /^\/api\/v1\/jobs\// } })
    const { job } = jsonIn<{ job: { id: string } }>(started)
    const events = (await ask(`/jobs/${job.id}/events`)).body.toString()
    t.match(events, /event: job\n/)
    const last = JSON.parse(events.trimEnd().split('\ndata: ').at(-1)!) as Json
    t.match(last, { status: 'completed', result: { rows: [[42]] } })
    t.match(await call('job show', { id: job.id }), { job: { status: 'completed' } })
    const long = jsonIn<{ job: { id: string } }>(await start('SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b')) // prettier-ignore
    await call('job cancel', { id: long.job.id })
    await ask(`/jobs/${long.job.id}/events`)
    t.match(await call('job show', { id: long.job.id }), { job: { status: 'cancelled', error: { code: 'ABORTED' } } }) // prettier-ignore
    t.equal((await ask('/jobs/none')).status, 404)
    t.equal((await ask('/jobs/none/events')).status, 404)
  })

  t.test('what is wrong is told as problem details', async (t) => {
    const json = { 'content-type': 'application/json' }
    const post = (body: string, headers: Record<string, string> = json, path = '/query') =>
      ask(path, { method: 'POST', headers, body })
    const cases: readonly [string, Promise<HttpAnswer>, number, object][] = [
      ['no such place', ask('/nothing'), 404, { code: 'PATH_NOT_FOUND' }],
      ['no such method', ask('/status', { method: 'DELETE' }), 405, {}],
      ['a write by GET', ask('/gc'), 405, {}],
      ['a form', post('sql=SELECT+1', { 'content-type': 'text/plain' }), 415, {}],
      ['no JSON', post('{"sql":'), 400, { code: 'INVALID_ARGUMENT' }],
      ['a list', post('[]'), 400, {}],
      ['a field that is none', post('{"sql":"SELECT 1","other":1}'), 400, { fields: [{ message: /other/ }] }], // prettier-ignore
      ['a field of another type', post('{"sql":1}'), 400, { fields: [{ field: 'sql' }] }],
      ['a field that is missing', post('{}'), 400, { fields: [{ field: 'sql' }] }],
      ['fields in the query', ask('/query?sql=SELECT', { method: 'POST' }), 400, {}],
      ['a field twice', ask('/pins?limit=1&limit=2'), 400, {}],
      ['no number', ask('/pins?limit=many'), 400, { fields: [{ field: 'limit' }] }],
      ['no cursor', ask('/pins?cursor=-1'), 400, {}],
      ['too deep', post(`{"sql":${'['.repeat(100_000)}`), 400, { detail: /levels/ }],
      ['too long', post(`{"sql":"${'x'.repeat(5 << 20)}"}`), 413, { code: 'TOO_LARGE' }],
      ['no UTF-8', ask('/query', { method: 'POST', headers: json, body: Buffer.from([0xff]) }), 400, {}], // prettier-ignore
      ['a path that is not encoded', ask('/pins/%zz/places'), 400, {}],
      ['no CID', ask('/stat?path=nonsense'), 409, { code: 'INVALID_CID' }],
      ['SQL that reads files', post(`{"sql":"SELECT * FROM read_text('/etc/passwd')"}`), 403, {}],
      ['a bad upload', ask('/upload?pin=perhaps', { method: 'POST', body: 'x' }), 400, {}]
    ]
    for (const [what, asked, status, problem] of cases) {
      const answer = await asked
      t.equal(answer.status, status, `${what}: ${answer.body}`)
      t.equal(answer.headers['content-type'], 'application/problem+json', what)
      t.match(jsonIn(answer), { success: false, status, title: /./, error_type: /./, ...problem }, what) // prettier-ignore
    }
    t.equal(Object.prototype.hasOwnProperty.call({}, 'polluted'), false)
    await post('{"sql":"SELECT 1","__proto__":{"polluted":1}}')
    t.equal(({} as Json)['polluted'], undefined)
    t.match((await ask('/gc')).headers, { allow: 'POST' })
  })

  t.test('the document names every operation', async (t) => {
    const answer = await askHttp(place, '/openapi.json')
    const { openapi, paths } = jsonIn<{ openapi: string; paths: Record<string, Record<string, { operationId: string }>> }>(answer) // prettier-ignore
    t.equal(openapi, '3.1.0')
    const ids = Object.values(paths).flatMap((place) => Object.values(place).map(({ operationId }) => operationId)) // prettier-ignore
    t.equal(ids.length, CATALOG.length + TRANSFERS.length + 1)
    t.equal(new Set(ids).size, ids.length)
  })

  t.test('events', async (t) => {
    const { events, last_id } = (await call('event ls', { type: 'added', limit: 1 })) as { events: Json[]; last_id: number } // prettier-ignore
    t.match(events, [{ type: 'added', cid, name: 'tree' }])
    t.match(await call('event ls', { after: last_id, limit: 1 }), { events: [{ type: 'pinned', cid }] }) // prettier-ignore
    t.equal((await ask('/events/recent?type=nothing')).status, 400)
  })

  t.test('what the engine did, and its log', async (t) => {
    const { samples } = await call('activity')
    t.match(samples, [{ memory: Number, mounts: [] }])
    const [first] = samples as { time: string }[]
    t.notMatch((await call('activity', { after: first!.time }))['samples'], [first])
    t.match(await call('engine log', { limit: 5 }), { path: /engine\.log$/, lines: [/started/] })
  })

  t.test('unpinning, and what was not called', async (t) => {
    t.match(await call('pin rm', { cid }), { unpinned: [cid] })
    const rest = CATALOG.map(({ name }) => name).filter((name) => !tested.has(name))
    t.same(rest, ['wal cancel'], 'it needs an operation that waits')
  })
})

t.test('the page names each operation', (t) => {
  const page = readFileSync(join(ROOT, 'docs/api.md'), 'utf8')
  for (const { method, path, title } of [...CATALOG, ...TRANSFERS])
    t.match(page.replace(/ +/g, ' '), `| \`${method}\` | \`${path}\` | ${title}`)
  t.end()
})
