/** Datasets on the command line: what goes in comes out, and versions are kept apart. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

interface Put {
  readonly cid: string
  readonly data: string
  readonly version: number
  readonly rows: number
  readonly unchanged: boolean
}

function ground(t: Test): {
  kit: Kit
  folder: string
  file: (name: string, text: string) => string
} {
  // prettier-ignore
  const folder = tempFolder(t, 'datasets')
  const kit = new Kit(join(folder, 'home'), { cwd: folder })
  const file = (name: string, text: string): string => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }
  return { kit, folder, file }
}

const csv = (from: number, to: number): string =>
  ['id,name,price', ...Array.from({ length: to - from }, (_, i) => `${from + i},thing ${(from + i) % 97},${((from + i) % 500) / 4}`)].join('\n') + '\n' // prettier-ignore

t.test('a table goes in as CSV and comes out as it was', async (t) => {
  const { kit, folder, file } = ground(t)
  const put = await kit.json<Put>('dataset', 'put', 'sales', file('x.csv', csv(0, 30_000)), '-m', 'one', '--json') // prettier-ignore
  t.match(put, { version: 1, rows: 30_000, unchanged: false, cid: /^bafyrei/, data: /^bafybei/ })
  t.equal(await kit.ok('dataset', 'get', 'sales', '--format', 'csv'), csv(0, 30_000).replaceAll(/\.0(?=\n)/g, '').trimEnd().replaceAll(/,(\d+)$/gm, ',$1.0')) // prettier-ignore
  await kit.ok('dataset', 'get', 'sales', '-o', join(folder, 'out.parquet'))
  const whole = readFileSync(join(folder, 'out.parquet'))
  t.same(whole, await kit.bytes('cat', `${put.data}/data.parquet`), 'the file of the folder')
  const rows = await kit.json<{ rows: unknown[]; count: number }>('dataset', 'get', 'sales', '--where', "name = 'thing 5' AND id < 200", '--columns', 'id,price', '--json') // prettier-ignore
  t.same(rows.rows, [[5, 1.25], [102, 25.5], [199, 49.75]]) // prettier-ignore
})

t.test('versions have numbers, tags and parents, and share their parts', async (t) => {
  const { kit, file } = ground(t)
  const one = await kit.json<Put>('dataset', 'put', 'n', file('a.csv', csv(0, 1000)), '--tag', 'first', '--json') // prettier-ignore
  const again = await kit.json<Put>('dataset', 'put', 'n', file('a.csv', csv(0, 1000)), '--json')
  t.match(again, { version: 1, cid: one.cid, unchanged: true })
  const two = await kit.json<Put>('dataset', 'put', 'n', file('a.csv', csv(0, 1010)), '--json')
  t.match(two, { version: 2, rows: 1010, unchanged: false })
  for (const ref of ['n@v1', 'n@first', `n@${one.cid.slice(0, 20)}`, one.cid])
    t.match(await kit.json('dataset', 'show', ref, '--json'), { cid: one.cid, rows: 1000 }, ref)
  t.match(await kit.json('dataset', 'log', 'n', '--json'), { versions: [{ cid: two.cid, parents: [one.cid] }, { cid: one.cid, parents: [] }] }) // prettier-ignore
  t.match(await kit.json('dataset', 'ls', '--json'), { datasets: [{ name: 'n', version: 2, versions: 2 }] }) // prettier-ignore
  t.match(await kit.json('dataset', 'show', 'n@v7', '--json'), { code: 'PATH_NOT_FOUND' })
  t.match(await kit.ok('pin', 'ls'), new RegExp(`${one.cid} +recursive .* n@v1`))
  await kit.ok('dataset', 'rm', 'n@v2')
  t.match(await kit.json('dataset', 'ls', '--json'), { datasets: [{ version: 1, versions: 1 }] })
  const three = await kit.json<Put>('dataset', 'put', 'n', file('a.csv', csv(0, 1020)), '--json')
  t.equal(three.version, 3, 'a number is given once')
  await kit.ok('dataset', 'rm', 'n')
  t.match(await kit.json('dataset', 'show', 'n', '--json'), { code: 'PATH_NOT_FOUND' })
})

t.test('names of a user stay as they are in JSON', async (t) => {
  const { kit, file } = ground(t)
  const path = file('a.ndjson', '{"shopId":1,"at":{"postCode":7}}\n')
  await kit.ok('dataset', 'put', 'n', path, '--meta', 'myKey=x', '--key', 'shopId')
  await kit.ok('dataset', 'put', 'n', file('b.ndjson', '{"shopId":2,"at":{"postCode":8}}\n'))
  const shown = await kit.json<{ metadata: unknown }>('dataset', 'show', 'n@v1', '--json')
  t.same(shown.metadata, { myKey: 'x', key: ['shopId'] })
  const got = await kit.json<{ rows: unknown }>('dataset', 'get', 'n', '--json')
  t.same(got.rows, [[2, { postCode: 8 }]])
  const diff = await kit.json<{ rows: { added: unknown } }>('dataset', 'diff', 'n@v1', '--json')
  t.same(diff.rows.added, [{ shopId: 2, at: { postCode: 8 } }])
})

t.test('the same rows are the same data in every home and order of files', async (t) => {
  const [a, b] = [ground(t), ground(t)]
  const files = (g: typeof a): string[] => [g.file('1.csv', csv(0, 9000)), g.file('2.csv', csv(9000, 20_000))] // prettier-ignore
  const one = await a.kit.ok('dataset', 'put', 'x', ...files(a))
  t.equal(await b.kit.ok('dataset', 'put', 'x', ...files(b).reverse()), one)
})

t.test('what cannot be read is named with its line, and nothing is made', async (t) => {
  const { kit, file } = ground(t)
  const bad = file('bad.csv', csv(0, 40_000) + 'x,y,z\n')
  const answer = await kit.json<{ error: string }>('dataset', 'put', 'bad', bad, '--json')
  t.match(answer, { code: 'CORRUPT_FORMAT' })
  t.match(answer.error, /bad\.csv, line 40002/)
  const json = await kit.json<{ error: string }>('dataset', 'put', 'bad', file('b.ndjson', '{"a":1}\n{"a":}\n'), '--json') // prettier-ignore
  t.match(json.error, /b\.ndjson, line 2/)
  t.match(await kit.json('dataset', 'put', 'bad', file('b.bin', 'x'), '--json'), { code: 'USAGE' })
  t.match(await kit.json('dataset', 'put', '../bad', bad, '--json'), { code: 'INVALID_ARGUMENT' })
  t.match(await kit.json('dataset', 'ls', '--json'), { datasets: [] })
})

t.test('SQL sees datasets by their names and versions, and lists them', async (t) => {
  const { kit, file } = ground(t)
  await kit.ok('dataset', 'put', 'sales', file('a.csv', csv(0, 1000)))
  await kit.ok('dataset', 'put', 'sales', file('a.csv', csv(0, 1500)))
  const ask = async (sql: string): Promise<unknown> => (await kit.json<{ rows: unknown }>('query', sql, '--json')).rows // prettier-ignore
  t.same(await ask('SELECT count(*) n, max(id) m FROM sales'), [{ n: 1500, m: 1499 }])
  t.same(await ask('SELECT count(*) n FROM "sales@v1"'), [{ n: 1000 }])
  t.same(await ask('SELECT count(*) n FROM "SALES@latest" JOIN "sales@v1" USING (id)'), [{ n: 1000 }]) // prettier-ignore
  t.same(await ask('SELECT name, version, rows, versions FROM datasets'), [{ name: 'sales', version: 2, rows: 1500, versions: 2 }]) // prettier-ignore
  t.same(await ask('SELECT version FROM dataset_versions ORDER BY 1'), [{ version: 1 }, { version: 2 }]) // prettier-ignore
})

t.test('partitions are folders, and their columns keep their types', async (t) => {
  const { kit, file } = ground(t)
  const text = 'code,day,n\n01,2024-01-02,5\n02,2024-01-03,6\n01,2024-01-03,7\n,2024-01-04,8\n'
  const put = await kit.json<Put>('dataset', 'put', 'p', file('p.csv', text), '--partition-by', 'code', '--json') // prettier-ignore
  t.same((await kit.json<{ entries: { name: string }[] }>('ls', put.data, '--json')).entries.map(({ name }) => name), ['code=01', 'code=02', 'code=__HIVE_DEFAULT_PARTITION__']) // prettier-ignore
  t.equal(await kit.ok('dataset', 'get', 'p', '--format', 'csv', '--where', "code = '01'"), 'code,day,n\n01,2024-01-02,5\n01,2024-01-03,7') // prettier-ignore
  t.equal(await kit.ok('dataset', 'get', 'p', '--format', 'csv', '--where', 'code IS NULL'), 'code,day,n\n,2024-01-04,8') // prettier-ignore
})

t.test('no row of a table with a column rowid is lost, appended or in partitions', async (t) => {
  const { kit, file } = ground(t)
  const text = 'rowid,v\n100,a\n101,b\n1,a\n'
  t.match(await kit.json('dataset', 'put', 'r', file('r.csv', text), '--json'), { rows: 3 })
  t.match(await kit.json('dataset', 'append', 'r', file('r.csv', text), '--json'), { rows: 6 })
  for (const by of ['v', 'rowid']) {
    t.match(await kit.json('dataset', 'put', by, file('r.csv', text), '--partition-by', by, '--json'), { rows: 3 }) // prettier-ignore
    t.equal(await kit.ok('query', `SELECT "rowid", v FROM "${by}" ORDER BY 1`, '--format', 'csv'), 'rowid,v\n1,a\n100,a\n101,b') // prettier-ignore
  }
})

t.test('what was put is kept, also where the pin of its version was removed', async (t) => {
  const { kit, file } = ground(t)
  const put = (...words: string[]): Promise<Put> => kit.json<Put>('dataset', 'put', 'u', file('u.csv', 'a,b\n1,x\n'), ...words, '--json') // prettier-ignore
  const one = await put('--key', 'a')
  t.match(await put(), { version: 1, unchanged: true }, 'a key that is kept says nothing new')
  await kit.ok('pin', 'rm', one.cid)
  t.match(await put(), { version: 1, unchanged: true })
  await kit.ok('gc')
  t.equal(await kit.ok('query', 'SELECT a, b FROM u', '--format', 'csv'), 'a,b\n1,x')
  await kit.ok('pin', 'rm', one.cid)
  await kit.ok('gc')
  t.match(await put(), { version: 2, unchanged: false })
  t.equal(await kit.ok('query', 'SELECT a, b FROM u', '--format', 'csv'), 'a,b\n1,x')
})

t.test('other columns of partitions are another version, though no file differs', async (t) => {
  const { kit, file } = ground(t)
  const put = (name: string, text: string, by: string): Promise<Put> => kit.json<Put>('dataset', 'put', name, file(text.startsWith('{') ? 'p.ndjson' : 'p.csv', text), '--partition-by', by, '--json') // prettier-ignore
  const one = await put('p', '{"k":1,"v":2}\n', 'k')
  t.match(await put('p', '{"k":1,"v":2}\n', 'k'), { unchanged: true })
  t.match(await put('p', '{"k":"1","v":2}\n', 'k'), { version: 2, data: one.data })
  t.match(await kit.json('query', 'SELECT typeof(k) t FROM p', '--json'), { rows: [{ t: 'VARCHAR' }] }) // prettier-ignore
  await put('e', 'a,b\n', 'a')
  t.match(await kit.json('query', 'SELECT a, b FROM e', '--json'), { rows: [] })
  t.match(await put('e', 'c,d\n', 'c'), { version: 2 })
  t.match(await kit.json('dataset', 'get', 'e', '--json'), { rows: [], columns: [{ name: 'c' }, { name: 'd' }] }) // prettier-ignore
})

t.test('values of partitions come back as they were, whatever they are', async (t) => {
  const { kit, file } = ground(t)
  const values = ['NULL', 'null', '', '100%', 'a/b=c', '..', '007', 'täg', null]
  const rows = values.map((k, i) => JSON.stringify({ i, k })).join('\n')
  await kit.ok('dataset', 'put', 'v', file('v.ndjson', `${rows}\n`), '--partition-by', 'k')
  const got = await kit.json<{ rows: unknown }>('query', 'SELECT k FROM v ORDER BY i', '--json')
  t.same(got.rows, values.map((k) => ({ k }))) // prettier-ignore
  t.match(await kit.json('query', "SELECT i FROM v WHERE k = 'NULL'", '--json'), { rows: [{ i: 0 }] }) // prettier-ignore
  for (const bad of ['名'.repeat(90), '__HIVE_DEFAULT_PARTITION__'])
    t.match(await kit.json('dataset', 'put', 'w', file('w.ndjson', JSON.stringify({ i: 1, k: bad })), '--partition-by', 'k', '--json'), { code: 'INVALID_ARGUMENT' }) // prettier-ignore
})

t.test(
  'texts that are appended stay as they are, and a column without values fits any',
  async (t) => {
    const { kit, file } = ground(t)
    await kit.ok('dataset', 'put', 's', file('s.csv', 's,n\nx,1\n'))
    const texts = ['1.10', '01/02/2020', 'TRUE', '12345678901234567890']
    for (const text of [`s,n\n${texts.map((one) => `${one},2\n`).join('')}`, 's,n\n', 's,n\ny,\n'])
      await kit.ok('dataset', 'append', 's', file('more.csv', text))
    const got = await kit.json<{ rows: unknown }>('dataset', 'get', 's', '--json')
    t.same(got.rows, [['x', 1], ...texts.map((one) => [one, 2]), ['y', null]])
    t.match(await kit.json('dataset', 'append', 's', file('bad.csv', 's,n\na,b\n'), '--json'), { code: 'CORRUPT_FORMAT' }) // prettier-ignore
    await kit.ok('dataset', 'put', 'm', file('1.csv', 's\n1.10\n'), file('2.csv', 's\nx\n'))
    t.match(await kit.json('dataset', 'get', 'm', '--json'), { rows: [['1.10'], ['x']] })
  }
)

t.test('a condition has the limits of a query', async (t) => {
  const { kit, file } = ground(t)
  await kit.ok('dataset', 'put', 'l', file('l.csv', 'a\n1\n'))
  await kit.ok('config', 'set', 'query.timeout', '1s')
  const where = 'a < (SELECT count(*) FROM range(1000000) x, range(1000000) y)'
  t.match(await kit.json('dataset', 'get', 'l', '--where', where, '--json'), { code: 'TIMEOUT' })
  t.match(await kit.json('dataset', 'get', 'l', '--where', 'a = 1', '--json'), { rows: [[1]] })
})

t.test('rows are appended behind those that are there, and versions are compared', async (t) => {
  const { kit, folder, file } = ground(t)
  const one = await kit.json<Put>('dataset', 'put', 'd', file('a.csv', csv(0, 9000)), '--key', 'id', '--json') // prettier-ignore
  const two = await kit.json<Put>(
    'dataset',
    'append',
    'd',
    file('b.csv', csv(9000, 9010)),
    '--json'
  )
  t.match(two, { version: 2, rows: 9010 })
  const parts = async (ref: string): Promise<string[]> => (await kit.json<{ parts: { cid: string }[] }>('dataset', 'show', ref, '--json')).parts.map(({ cid }) => cid) // prettier-ignore
  t.same((await parts('d')).slice(0, -1), await parts('d@v1'), 'nothing is written again')
  t.match(await kit.json('dataset', 'diff', 'd@v1', '--json'), { from: one.cid, to: two.cid, key: ['id'], added: 10, removed: 0, changed: 0, rows: { added: [{ id: 9000 }] } }) // prettier-ignore
  const changed = csv(0, 9010).replace('17,thing 17,4.25', '17,thing 18,4.25').replace('20,thing 20,5\n', '') // prettier-ignore
  await kit.ok('dataset', 'put', 'd', file('c.csv', changed), '--key', 'id')
  t.match(await kit.json('dataset', 'diff', 'd@v2', 'd@v3', '--json'), {
    added: 0,
    removed: 1,
    changed: 1,
    rows: { removed: [{ id: 20 }], changed: [{ from: { name: 'thing 17' }, to: { name: 'thing 18' } }] } // prettier-ignore
  })
  t.match(await kit.json('dataset', 'diff', 'd@v3', 'd@v2', '--key', 'id,name', '--json'), { added: 2, removed: 1, changed: 0 }) // prettier-ignore
  t.match(await kit.json('dataset', 'append', 'd', file('e.csv', 'id,name,price\nx,y,z\n'), '--json'), { code: 'CORRUPT_FORMAT' }) // prettier-ignore
  await kit.ok('dataset', 'checkout', 'd@v1', '-o', join(folder, 'out'))
  t.same(readFileSync(join(folder, 'out', 'data.parquet')), await kit.bytes('dataset', 'get', 'd@v1', '--format', 'parquet')) // prettier-ignore
  await kit.ok('dataset', 'export', 'd', '-o', join(folder, 'd.car'))
  const other = new Kit(join(folder, 'other'))
  t.match(await other.json('car', 'import', join(folder, 'd.car'), '--json'), { missing: 0 })
  const cid = (await kit.json<{ cid: string }>('dataset', 'show', 'd', '--json')).cid
  t.match(await other.json('dataset', 'log', cid, '--json'), { versions: [{ rows: 9009 }, { rows: 9010 }, { rows: 9000 }] }) // prettier-ignore
  t.same(await other.bytes('dataset', 'get', cid), await kit.bytes('dataset', 'get', 'd'))
})

t.test(
  'the key of a version is kept by the next ones, and the newest is compared with its parent',
  async (t) => {
    const { kit, file } = ground(t)
    const put = (text: string, ...words: string[]): Promise<Put> => kit.json<Put>('dataset', 'put', 'k', file('k.csv', text), ...words, '--json') // prettier-ignore
    const one = await put('id,name\n1,a\n2,b\n', '--key', 'id')
    t.match(await kit.json('dataset', 'diff', 'k', '--json'), { code: 'INVALID_ARGUMENT' })
    const two = await put('id,name\n1,a\n2,c\n')
    t.match(await kit.json('dataset', 'diff', 'k', '--json'), { from: one.cid, to: two.cid, key: ['id'], added: 0, removed: 0, changed: 1 }) // prettier-ignore
    t.match(await kit.json('dataset', 'append', 'k', file('more.csv', 'id,name\n3,d\n'), '--json'), { version: 3 }) // prettier-ignore
    t.match(await kit.json('dataset', 'diff', 'k', '--json'), { from: two.cid, key: ['id'], added: 1, changed: 0 }) // prettier-ignore
    t.match(await kit.json('dataset', 'diff', 'k@v1', '--json'), { from: one.cid, key: ['id'], added: 1, changed: 1 }) // prettier-ignore
    await put('word\nx\n')
    t.match(await kit.json('dataset', 'show', 'k', '--json'), { metadata: { key: undefined } })
    t.match(await kit.json('dataset', 'diff', 'k', '--json'), { code: 'INVALID_ARGUMENT', error: /no column in common/ }) // prettier-ignore
    const names = 'id,x,y,older,newer,a,b,before,after'
    await kit.ok(
      'dataset',
      'put',
      'q',
      file('q.csv', `${names}\n1,2,3,4,5,6,7,8,9\n`),
      '--key',
      'id'
    )
    await kit.ok('dataset', 'put', 'q', file('q.csv', `${names}\n1,2,3,4,5,6,7,8,0\n2,2,3,4,5,6,7,8,9\n`)) // prettier-ignore
    t.match(await kit.json('dataset', 'diff', 'q', '--json'), { added: 1, removed: 0, changed: 1, rows: { changed: [{ from: { x: 2, after: 9 }, to: { after: 0 } }] } }) // prettier-ignore
  }
)

t.test(
  'a name of SQL, an output of no known format, and a file that is no text are refused',
  async (t) => {
    const { kit, folder, file } = ground(t)
    const table = file('t.csv', 'a\n1\n')
    for (const name of ['pins', 'Metadata', 'wal', 'dataset_versions'])
    t.match(await kit.json('dataset', 'put', name, table, '--json'), { code: 'INVALID_ARGUMENT', error: /is a table that every home has/ }) // prettier-ignore
    t.match(await kit.json('dataset', 'put', 'e', file('empty.csv', ''), '--json'), { code: 'CORRUPT_FORMAT', error: /empty\.csv: the file is empty/ }) // prettier-ignore
    t.match(await kit.json('dataset', 'put', 'e', file('zip.txt', 'PK\u0003\u0004'), '--json'), { code: 'CORRUPT_FORMAT', error: /zip\.txt: the file is no text: it is a ZIP/ }) // prettier-ignore
    await kit.ok('dataset', 'put', 't', table)
    t.match(await kit.json('dataset', 'get', 't', '-o', join(folder, 'x.xlsx'), '--json'), { code: 'INVALID_ARGUMENT', error: /parquet, csv, json, ndjson, arrow/ }) // prettier-ignore
  }
)

t.test('commands at one time lose nothing of each other', async (t) => {
  const { kit, file } = ground(t)
  await kit.ok('dataset', 'put', 'c', file('0.csv', csv(0, 10)))
  const files = [1, 2, 3].map((i) => file(`${i}.csv`, csv(i * 10, i * 10 + 10)))
  await Promise.all(files.map((path) => kit.ok('dataset', 'append', 'c', path)))
  t.match(await kit.json('dataset', 'show', 'c', '--json'), { version: 4, rows: 40 })
  t.equal((await kit.json<{ versions: unknown[] }>('dataset', 'log', 'c', '--json')).versions.length, 4) // prettier-ignore
})

t.test(
  'Parquet that is there becomes a dataset without a copy, and so does a version from elsewhere',
  async (t) => {
    // prettier-ignore
    const { kit, folder, file } = ground(t)
    await kit.ok('dataset', 'put', 'd', file('a.csv', csv(0, 500)), '-m', 'first')
    const parquet = join(folder, 'trips', 'country=DE')
    mkdirSync(parquet, { recursive: true })
    await kit.ok('dataset', 'get', 'd', '-o', join(parquet, 'one.parquet'))
    const root = await kit.ok('add', '-Q', join(folder, 'trips'))
    const put = await kit.json<Put>('dataset', 'adopt', 'trips', root, '--json')
    t.match(put, { version: 1, rows: 500, data: root })
    t.same((await kit.json<{ rows: unknown[] }>('query', 'SELECT count(*) n, min(country) c FROM trips', '--json')).rows, [{ n: 500, c: 'DE' }]) // prettier-ignore
    t.match(await kit.json('dataset', 'adopt', 'one', `${root}/country=DE/one.parquet`, '--json'), { rows: 500 }) // prettier-ignore
    const { cid } = await kit.json<{ cid: string }>('dataset', 'show', 'd', '--json')
    t.match(await kit.json('dataset', 'adopt', 'copy', cid, '--json'), { cid, version: 1, message: 'first' }) // prettier-ignore
    await kit.ok('dataset', 'rm', 'd')
    t.match(await kit.json('dataset', 'log', 'copy', '--json'), { versions: [{ cid, version: 1, created_at: /Z$/ }] }) // prettier-ignore
    t.match(await kit.json('dataset', 'adopt', 'x', await kit.add(file('a.txt', 'text')), '--json'), { code: 'CORRUPT_FORMAT' }) // prettier-ignore
  }
)
