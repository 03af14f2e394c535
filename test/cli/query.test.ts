/** `query` on real homes: tables of content and of the home, forms of results, saved queries, refusals. */
import { existsSync, readdirSync, readFileSync, writeFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { tableFromArrays, tableFromIPC, tableToIPC } from 'apache-arrow'
import t from 'tap'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

interface Answer {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly Readonly<Record<string, unknown>>[]
}

const folder = tempFolder(t, 'query')
const kit = new Kit(join(folder, 'home'))

const ask = async (sql: string, ...words: string[]): Promise<Answer> =>
  JSON.parse(await kit.ok('query', sql, '--json', ...words)) as Answer
const rowsOf = async (sql: string, ...words: string[]) => (await ask(sql, ...words)).rows

/** Adds a folder with files of every format, and returns its CID. */
async function sample(): Promise<string> {
  const data = join(folder, 'data')
  mkdirSync(join(data, 'deep'), { recursive: true })
  writeFileSync(join(data, 'a.csv'), 'a,b\n1,x\n2,y\n')
  writeFileSync(join(data, 'deep', 'b.csv'), 'a,b\n3,z\n')
  writeFileSync(join(data, 'c.csv.gz'), gzipSync('a,b\n7,q\n'))
  writeFileSync(join(data, 'd.ndjson'), '{"a":4,"n":{"m":[1,2]}}\n')
  writeFileSync(join(data, 'e.json'), '[{"a":5},{"a":6}]')
  writeFileSync(join(data, 'f.arrow'), tableToIPC(tableFromArrays({ a: Int32Array.of(8, 9) }), 'file')) // prettier-ignore
  await kit.ok('query', "SELECT i AS a, 'r' || i AS b, [i] l FROM range(1000) t(i)", '-o', join(data, 'g.parquet')) // prettier-ignore
  return await kit.add(data)
}

t.test('queries', async (t) => {
  const cid = await sample()

  t.test('files of every format, folders and patterns are tables', async (t) => {
    t.same(await rowsOf(`FROM '/ipfs/${cid}/a.csv'`), [
      { a: 1, b: 'x' },
      { a: 2, b: 'y' }
    ])
    t.same(await rowsOf(`FROM 'ipfs://${cid}/c.csv.gz'`), [{ a: 7, b: 'q' }])
    t.same(await rowsOf(`SELECT n.m[2] x FROM "/ipfs/${cid}/d.ndjson"`), [{ x: 2 }])
    t.same(await rowsOf(`SELECT sum(a) s FROM '${cid}/e.json'`), [{ s: 11 }])
    t.same(await rowsOf(`FROM '/ipfs/${cid}/f.arrow'`), [{ a: 8 }, { a: 9 }])
    t.same(await rowsOf(`SELECT count(*) n, max(l[1]) m FROM '/ipfs/${cid}/*.parquet'`), [
      { n: 1000, m: 999 }
    ])
    t.same(await rowsOf(`SELECT sum(a) s FROM '/ipfs/${cid}/**/*.csv'`), [{ s: 6 }])
    t.same(await rowsOf(`FROM '/ipfs/${cid}/deep'`), [{ a: 3, b: 'z' }])
    t.same(await rowsOf(`FROM read_csv(['/ipfs/${cid}/a.csv', '/ipfs/${cid}/deep/b.csv'], header = false, skip = 1)`), [
      { column0: 1, column1: 'x' }, { column0: 2, column1: 'y' }, { column0: 3, column1: 'z' }
    ]) // prettier-ignore
    t.match(await kit.run(['query', `FROM '/ipfs/${cid}'`]), { code: 2, stderr: /different formats/ }) // prettier-ignore
    t.match(await kit.run(['query', `FROM '/ipfs/${cid}/*.xyz'`]), { code: 1, stderr: /no file of a table/ }) // prettier-ignore
    t.match(await kit.run(['query', `FROM '/ipfs/${cid}/none.csv'`]), { code: 1 })
  })

  t.test('parameters have the types that they look like, and explain tells the plan', async (t) => {
    const typed = await ask('SELECT $l l, $t t, $d d, $m m', ...['l=["a","b"]', 't={"timestamp":"2024-01-31T12:00:00.5"}', 'd={"date":"2024-01-31"}', 'm=[1,2.5,null]'].flatMap((one) => ['--param', one])) // prettier-ignore
    t.same(typed.columns.map(({ type }) => type), ['VARCHAR[]', 'TIMESTAMP', 'DATE', 'DOUBLE[]']) // prettier-ignore
    t.match(typed.rows, [{ l: ['a', 'b'], t: /^2024-01-31.12:00:00\.5/, d: '2024-01-31', m: [1, 2.5, null] }]) // prettier-ignore
    t.match(await kit.run(['query', 'SELECT $l', '--param', 'l=[1,"a"]']), { code: 2, stderr: /\$l is a list of values of several types/ }) // prettier-ignore
    const { columns, rows } = await ask('SELECT $a a, $b b, $c c, $d d, $e e', ...['a=1', 'b=1.5', 'c=x y', 'd="1"', 'e=null'].flatMap((one) => ['--param', one])) // prettier-ignore
    t.same(columns.slice(0, 4).map(({ type }) => type), ['BIGINT', 'DOUBLE', 'VARCHAR', 'VARCHAR']) // prettier-ignore
    t.same(rows, [{ a: 1, b: 1.5, c: 'x y', d: '1', e: null }])
    t.match(await kit.ok('query', `EXPLAIN FROM '/ipfs/${cid}/a.csv'`), /READ_CSV/)
    t.match(await kit.run(['query', 'SELECT $a']), { code: 2 })
  })

  t.test('a result is shown with its types, or has the form that is asked for', async (t) => {
    const sql = `SELECT a, b FROM '/ipfs/${cid}/a.csv'`
    t.equal(await kit.ok('query', sql), '     a  b\nBIGINT  VARCHAR\n───────────────\n     1  x\n     2  y') // prettier-ignore
    t.equal(await kit.ok('query', sql, '--format', 'csv'), 'a,b\n1,x\n2,y')
    t.equal(await kit.ok('query', sql, '--format', 'ndjson'), '{"a":1,"b":"x"}\n{"a":2,"b":"y"}')
    t.same(JSON.parse(await kit.ok('query', sql, '--format', 'json')), [{ a: 1, b: 'x' }, { a: 2, b: 'y' }]) // prettier-ignore
    t.equal((await kit.bytes('query', sql, '--format', 'parquet')).subarray(0, 4).toString(), 'PAR1') // prettier-ignore
    const file = join(folder, 'r.arrow')
    await kit.ok('query', `SELECT sum(a) s, [1, NULL] l FROM '/ipfs/${cid}/a.csv'`, '-o', file)
    const arrow = tableFromIPC(readFileSync(file))
    t.same(arrow.schema.fields.map(({ name, type }) => [name, String(type)]), [['s', 'Decimal[38e0]'], ['l', 'List<Int32>']]) // prettier-ignore
    const again = await kit.run(['query', sql, '-o', file])
    t.match(again, { code: 1, stderr: /exists already/ })
    t.match(await kit.run(['query', sql, '-o', join(folder, 'r.xyz')]), { code: 2, stderr: /--format/ }) // prettier-ignore
    t.same(
      readdirSync(folder).filter((name) => name.endsWith('.tmp')),
      []
    )
    t.match(await kit.run(['query', 'FROM range(20)', '--max-rows', '3']), { code: 0, stderr: /there are more/ }) // prettier-ignore
  })

  t.test('the home tells of itself', async (t) => {
    t.same(await rowsOf('SELECT cid, type, backends FROM pins'), [{ cid, type: 'recursive', backends: [] }]) // prettier-ignore
    mkdirSync(join(folder, 'disk'))
    await kit.ok('backend', 'add', 'disk', '--type', 'filesystem', '--path', join(folder, 'disk'))
    await kit.ok('pin', 'add', cid, '--backend', 'disk')
    t.same(await rowsOf('SELECT name, type FROM backends'), [{ name: 'disk', type: 'filesystem' }])
    t.same(await rowsOf("SELECT backends FROM pins WHERE list_contains(backends, 'disk')"), [{ backends: ['disk'] }]) // prettier-ignore
    t.same(await rowsOf('SELECT backend_name, status FROM pin_mappings'), [{ backend_name: 'disk', status: 'stored' }]) // prettier-ignore
    t.same(await rowsOf("SELECT operation_type, status, parameters['cid'] cid FROM wal"), [{ operation_type: 'store', status: 'completed', cid }]) // prettier-ignore
    t.same(await rowsOf('SELECT count(*) n FROM cache'), [{ n: 0 }])
    const { tables } = JSON.parse(await kit.ok('query', '--tables', '--json')) as { tables: string[] } // prettier-ignore
    for (const name of ['pins', 'pin_mappings', 'backends', 'cache', 'wal']) t.ok(tables.includes(name)) // prettier-ignore
    t.match(await kit.run(['query', 'FROM pinz']), { code: 1, stderr: /did you mean pins\?/ })
  })

  t.test('what a backend has is fetched, and read as a local file', async (t) => {
    const other = new Kit(join(folder, 'elsewhere'))
    await other.ok('backend', 'add', 'disk', '--type', 'filesystem', '--path', join(folder, 'disk'))
    const sql = `SELECT count(*) n, sum(a) s FROM '/ipfs/${cid}/g.parquet'`
    t.match(await other.run(['query', sql, '--offline']), { code: 1 })
    t.equal(await other.ok('query', sql, '--format', 'csv'), 'n,s\n1000,499500')
    t.equal(await other.ok('query', sql, '--format', 'csv', '--offline'), 'n,s\n1000,499500')
  })

  t.test('queries are saved, run, listed and forgotten', async (t) => {
    await kit.ok('query', `SELECT count(*) n FROM '/ipfs/${cid}/a.csv' WHERE a > $least`, '--param', 'least=1', '--save', 'über 1') // prettier-ignore
    t.same(JSON.parse(await kit.ok('query', '--saved', 'über 1', '--param', 'least=0', '--json')).rows, [{ n: 2 }]) // prettier-ignore
    t.equal(await kit.ok('query', 'ls', '-q'), 'über 1')
    t.match(await kit.run(['query', '--saved', 'uber 1']), { code: 1, stderr: /did you mean über 1/ }) // prettier-ignore
    for (const name of ['../x', '.x', 'a/b', '', 'a\nb', 'f'.repeat(64)])
      t.match(await kit.run(['query', 'SELECT 1', '--save', name]), { code: 2 }, name)
    t.match(await kit.run(['query', 'DROP TABLE x', '--save', 'x']), { code: 1 })
    t.match(await kit.run(['query', 'SELECT nope', '--save', 'x']), { code: 2 })
    await kit.ok('query', 'rm', 'über 1')
    t.equal(await kit.ok('query', 'ls', '-q'), '')
    t.match(await kit.run(['query', 'rm', 'über 1']), { code: 1 })
  })

  t.test('nothing is left behind, and a home that was never made stays so', async (t) => {
    t.same(readdirSync(join(kit.home, 'run', 'sql')), [])
    const other = new Kit(join(folder, 'other'))
    t.same(JSON.parse(await other.ok('query', 'FROM pins', '--json')).rows, [])
    t.notOk(existsSync(other.home))
  })
})
