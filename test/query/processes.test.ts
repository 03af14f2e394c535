/** The processes of SQL: a statement of a user, a script of ours, limits, and what comes after them. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parametersOf } from '../../src/cli/query-parameters.js'
import { isKitError } from '../../src/core/errors.js'
import type { SelectRequest, SqlLimits, TableSource } from '../../src/query/ports.js'
import { SqlProcesses } from '../../src/query/processes.js'
import { tempFolder } from '../support/temp.js'

const LIMITS = { memoryBytes: 512 << 20, deadlineMs: 60_000, maxTemporaryBytes: 1 << 30 }

function processes(t: Test, limits: SqlLimits = {}): { sql: SqlProcesses; folder: string } {
  const folder = tempFolder(t, 'sql')
  const sql = new SqlProcesses({ folder: () => folder, limits: { ...LIMITS, ...limits } })
  t.teardown(() => sql.close())
  return { sql, folder }
}

const work = { signal: new AbortController().signal }
const rows = (sql: string, tables: readonly TableSource[] = []): SelectRequest => ({
  sql,
  tables,
  output: { maxRows: 100 }
})

t.test('a script writes Parquet, a SELECT reads it under its name', async (t) => {
  const { sql, folder } = processes(t)
  const file = join(folder, 'numbers.parquet')
  const text = `CREATE TABLE n AS SELECT i, i::DECIMAL(9,2) d, DATE '2020-01-01' + i::INTEGER AS day FROM range(10) t(i);
    COPY n TO '${file}' (FORMAT parquet)`
  const copied = await sql.script({ text, writes: [file] }, work)
  t.same(copied.rows, [[10]])
  const table: TableSource = { name: 'sales@v3', files: [file], format: 'parquet' }
  const found = await sql.select(
    {
      ...rows('SELECT i, d, day FROM "sales@v3" WHERE i >= $least ORDER BY i DESC', [table]),
      parameters: { least: 8 }
    },
    work
  )
  t.same(found.columns, [
    { name: 'i', type: 'BIGINT' },
    { name: 'd', type: 'DECIMAL(9,2)' },
    { name: 'day', type: 'DATE' }
  ])
  t.same(found.rows, [
    [9, '9.00', '2020-01-10'],
    [8, '8.00', '2020-01-09']
  ])
  t.same(await sql.inspect('WITH a AS (FROM x) SELECT * FROM a, "/ipfs/b/c.parquet"', work), {
    tables: ['x', '/ipfs/b/c.parquet'],
    isVolatile: false
  })
  for (const sample of ['USING SAMPLE 10%', 'TABLESAMPLE reservoir(3)', 'TABLESAMPLE 5 ROWS'])
    t.match(await sql.inspect(`SELECT * FROM (FROM x ${sample})`, work), { isVolatile: true })
})

t.test('names are those of plain DuckDB: of CTEs in their bodies, and without case', async (t) => {
  const { sql, folder } = processes(t)
  const sources = ['a', 'b'].map((name, i): TableSource => {
    const file = join(folder, `${name}.csv`)
    writeFileSync(file, `i\n${i + 1}\n`)
    return { name, files: [file], format: 'csv' }
  })
  for (const [text, named, found] of [
    ['WITH a AS (SELECT i + 5 AS i FROM a) SELECT * FROM a', ['a'], [[6]]],
    ['WITH b AS (FROM b), a AS (SELECT i + 5 AS i FROM b) SELECT * FROM a', ['b'], [[7]]],
    ['WITH a AS (WITH q AS (FROM a) FROM q) SELECT * FROM A', ['a'], [[1]]],
    [
      'WITH RECURSIVE a AS (SELECT 8 i UNION ALL SELECT i + 1 FROM a WHERE i < 9) SELECT * FROM a ORDER BY i',
      [],
      [[8], [9]]
    ],
    ['SELECT x.i, y.i FROM a x JOIN A y ON x.i = y.i, b', ['a', 'A', 'b'], [[1, 1]]]
  ] as const) {
    t.same((await sql.inspect(text, work)).tables, named, text)
    t.same((await sql.select(rows(text, sources), work)).rows, found, text)
  }
  const others = [sources[0]!, { ...sources[1]!, name: 'A' }]
  await t.rejects(sql.select(rows('SELECT * FROM a, A', others), work), { code: 'INVALID_ARGUMENT', message: /a and A/ }) // prettier-ignore
})

t.test('numbers of lists keep all their digits', async (t) => {
  const { sql } = processes(t)
  const asked = { ...rows('SELECT n FROM (VALUES (9007199254740992), (9007199254740993)) v(n) WHERE n IN (SELECT unnest($i))'), parameters: parametersOf(['i=[9007199254740993, 170141183460469231731]']) } // prettier-ignore
  t.same((await sql.select(asked, work)).rows, [['9007199254740993']])
  const mixed = { ...rows('SELECT $i'), parameters: parametersOf(['i=[9007199254740993, 1.5]']) }
  await t.rejects(sql.select(mixed, work), { code: 'INVALID_ARGUMENT', message: /9007199254740993 beside fractions.*CAST/ }) // prettier-ignore
  const texts = { ...rows('SELECT CAST($i AS DECIMAL(38, 9)[])'), parameters: parametersOf(['i=["9007199254740993", "1.5"]']) } // prettier-ignore
  t.same((await sql.select(texts, work)).rows, [[['9007199254740993.000000000', '1.500000000']]])
  const small = { ...rows('SELECT $i'), parameters: parametersOf(['i=[2, 1.5]']) }
  t.same((await sql.select(small, work)).rows, [[[2, 1.5]]])
})

t.test('a statement that does not end is stopped, and the next one runs', async (t) => {
  const { sql } = processes(t)
  await t.rejects(sql.select(rows('SELECT count(*) FROM range(100000000000) a, range(1000) b WHERE a.range % 7 = b.range'), work, { deadlineMs: 1500 }), { code: 'TIMEOUT' }) // prettier-ignore
  t.same((await sql.select(rows('SELECT 1'), work)).rows, [[1]])
  const controller = new AbortController()
  const endless = sql.select(rows('SELECT count(*) FROM range(100000000000)'), { signal: controller.signal }) // prettier-ignore
  controller.abort(new Error('enough'))
  await t.rejects(endless, { message: 'enough' })
})

t.test('memory has a limit, whatever asks for it', async (t) => {
  const { sql, folder } = processes(t)
  for (const text of [
    "SELECT length(repeat('x', 2000000000))",
    'SELECT list_sum(range(400000000))',
    'SELECT count(*) FROM (SELECT DISTINCT i, repeat(i::VARCHAR, 300) FROM range(10000000) t(i))'
  ])
    await t.rejects(sql.select(rows(text), work, { maxTemporaryBytes: 64 << 20 }), { code: 'MEMORY_BUDGET' }, text) // prettier-ignore
  t.same((await sql.select(rows('SELECT 1'), work)).rows, [[1]])
  sql.close()
  t.same(readdirSync(folder), [], 'nothing is left')
})

t.test('a result has a limit of its size where one is asked for', async (t) => {
  const { sql, folder } = processes(t)
  const file = join(folder, 'large.csv')
  const request = {
    sql: 'FROM range(10000000)',
    tables: [],
    output: { file, format: 'csv' }
  } as const
  await t.rejects(sql.select(request, work, { maxFileBytes: 1 << 20 }), { code: 'TOO_LARGE' })
  t.notOk(existsSync(file))
  t.equal((await sql.select(request, work)).count, 10_000_000, 'the next one has none')
})

t.test('a script reaches no other file', async (t) => {
  const { sql, folder } = processes(t)
  const canary = join(folder, 'canary.csv')
  writeFileSync(canary, 'a\n1\n')
  const error = await sql
    .script({ text: `FROM '${canary}'` }, work)
    .catch((error: unknown) => error)
  t.ok(isKitError(error, 'ACCESS_DENIED'), String(error))
  const other = join(folder, 'other.csv')
  await t.rejects(sql.script({ text: `COPY (SELECT 1) TO '${other}'` }, work), { code: 'ACCESS_DENIED' }) // prettier-ignore
  t.notOk(existsSync(other))
})
