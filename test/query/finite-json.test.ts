/** JSON that is written has no NaN and no infinity: they are texts, as in answers. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { SqlProcesses } from '../../src/query/processes.js'
import { tempFolder } from '../support/temp.js'

const SQL = `SELECT * FROM (VALUES
  (1, 'nan'::DOUBLE, 'inf'::FLOAT, ['-inf'::DOUBLE, 1.5, NULL], {'x': 'nan'::DOUBLE, 'y"': {'z': 'inf'::DOUBLE}}, MAP {'k': 'inf'::DOUBLE}, [{'a': ['nan'::DOUBLE]}], ['nan'::DOUBLE, 1]::DOUBLE[2], DATE '2020-01-02'),
  (2, 1e300, 0.5, [], {'x': 1, 'y"': NULL}, MAP {}, [NULL], [2, 3]::DOUBLE[2], NULL),
  (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)) v(i, d, f, l, s, m, n, a, day)`

t.test('floats that are not finite are texts in JSON, at any depth', async (t) => {
  const folder = tempFolder(t, 'json')
  const limits = { memoryBytes: 512 << 20, deadlineMs: 60_000, maxTemporaryBytes: 1 << 30 }
  const sql = new SqlProcesses({ folder: () => folder, limits })
  t.teardown(() => sql.close())
  const work = { signal: new AbortController().signal }
  const written = async (format: 'json' | 'ndjson', text = SQL): Promise<string> => {
    const file = join(folder, `r${Math.random()}.${format}`)
    await sql.select({ sql: text, tables: [], output: { file, format } }, work)
    return readFileSync(file, 'utf8')
  }
  const wanted = [
    { i: 1, d: 'NaN', f: 'Infinity', l: ['-Infinity', 1.5, null], s: { x: 'NaN', 'y"': { z: 'Infinity' } }, m: { k: 'Infinity' }, n: [{ a: ['NaN'] }], a: ['NaN', 1], day: '2020-01-02' }, // prettier-ignore
    { i: 2, d: 1e300, f: 0.5, l: [], s: { x: 1, 'y"': null }, m: {}, n: [null], a: [2, 3], day: null }, // prettier-ignore
    { i: 3, d: null, f: null, l: null, s: null, m: null, n: null, a: null, day: null }
  ]
  t.same(JSON.parse(await written('json')), wanted)
  const lines = (await written('ndjson')).trimEnd().split('\n')
  t.same(lines.map((line) => JSON.parse(line) as unknown), wanted) // prettier-ignore
  const { rows, columns } = await sql.select({ sql: SQL, tables: [], output: { maxRows: 10 } }, work) // prettier-ignore
  t.same([rows[0]![1], rows[0]![2], columns.length], ['NaN', 'Infinity', 9], 'as in answers')
  t.same(JSON.parse(await written('json', `SELECT 'inf'::DOUBLE AS x, '{"a": 1}'::JSON AS j`)), [{ x: 'Infinity', j: { a: 1 } }]) // prettier-ignore
})
