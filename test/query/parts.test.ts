/** Files as Parquet: bytes that depend on the rows alone, types that are kept, mistakes that are named. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tableFromArrays, tableToIPC } from 'apache-arrow'
import t, { type Test } from 'tap'
import { CUT } from '../../src/datasets/format.js'
import type { PartsDone, SqlColumn, TableFormat, TableInput } from '../../src/query/ports.js'
import { SqlProcesses } from '../../src/query/processes.js'
import { sha256 } from '../../src/core/hash.js'
import { toHex } from '../../src/core/bytes.js'
import { tempFolder } from '../support/temp.js'

const LIMITS = { memoryBytes: 2 ** 32, deadlineMs: 120_000, maxTemporaryBytes: 1 << 30 }
const work = { signal: new AbortController().signal }

function ground(t: Test) {
  const folder = tempFolder(t, 'parts')
  const sql = new SqlProcesses({ folder: () => folder, limits: LIMITS })
  t.teardown(() => sql.close())
  const parts = async (
    name: string,
    content: string | Uint8Array,
    format: TableFormat
  ): Promise<{ done: PartsDone; hashes: string[]; files: string[] }> => {
    // prettier-ignore
    const file = join(folder, name)
    writeFileSync(file, content)
    return await partsOf([{ file, format }])
  }
  const partsOf = async (
    inputs: readonly TableInput[],
    columns?: readonly SqlColumn[]
  ): Promise<{ done: PartsDone; hashes: string[]; files: string[] }> => {
    const out = tempFolder(t, 'out')
    const done = await sql.parts({ inputs, folder: out, cut: CUT, partitionBy: [], ...(columns === undefined ? {} : { columns }) }, () => undefined, work) // prettier-ignore
    const files = readdirSync(out).sort().map((one) => join(out, one)) // prettier-ignore
    return { done, files, hashes: files.map((one) => toHex(sha256(readFileSync(one)))) }
  }
  const rows = async (files: readonly string[], select: string) =>
    (await sql.select({ sql: `SELECT ${select} FROM x`, tables: [{ name: 'x', files, format: 'parquet' }], output: { maxRows: 10 } }, work)).rows // prettier-ignore
  /** Writes texts of one format, and makes one table of all. */
  const together = async (
    contents: readonly string[],
    format: TableFormat,
    columns?: readonly SqlColumn[]
  ) =>
    // prettier-ignore
    await partsOf(
      contents.map((content, i) => {
        const file = join(folder, `${i}.${format}`)
        writeFileSync(file, content)
        return { file, format }
      }),
      columns
    )
  return { parts, partsOf, together, rows, sql, folder }
}

const csv = (rows: number): string =>
  `id,at,text\n${Array.from({ length: rows }, (_, i) => `${i},2024-01-01 00:${String(i % 60).padStart(2, '0')}:00,text ${i % 91}`).join('\n')}\n` // prettier-ignore

t.test('the same rows are the same bytes, from whatever format they come', async (t) => {
  const { parts } = ground(t)
  const one = await parts('a.csv', csv(30_000), 'csv')
  t.ok(one.hashes.length > 2)
  t.same((await parts('b.csv', csv(30_000), 'csv')).hashes, one.hashes)
  t.same((await parts('c.csv', csv(30_000).replaceAll(',', ';'), 'csv')).hashes, one.hashes)
  t.same(one.hashes.slice(0, 2), GOLDEN, 'as every version of this format wrote them')
})

/** A change here is another format, with another name in src/datasets/format.ts. */
const GOLDEN: readonly string[] = [
  '291b88c0e844a0ba6a214d1a15647e5a4ab49e3383c66ffb91ae8cf9fcbffa24',
  'bc0067dbcfcde0038691020e1859a620327a5d2620a6f1c1fdd77aae736fb2d5'
]

t.test('nested types, decimals, time zones, nulls and names are kept', async (t) => {
  const { parts, rows } = ground(t)
  const { done, files } = await parts('n.ndjson', '{"täg":{"a":[1,2,{"b":null}]},"when":"2024-01-01T00:00:00Z","leer":null}\n{"täg":null,"später":true}\n', 'ndjson') // prettier-ignore
  t.same(
    done.columns.map(({ name }) => name),
    ['täg', 'when', 'leer', 'später']
  )
  t.match(await rows(files, '"später", "when"'), [[null, /2024-01-01/], [true, null]]) // prettier-ignore
  const arrow = tableToIPC(tableFromArrays({ i: new Int32Array([1, 2]), f: [0.5, null], s: ['ä', 'b'] }), 'file') // prettier-ignore
  const other = await parts('a.arrow', arrow, 'arrow')
  t.match(other.done.columns, [{ name: 'i', type: 'INTEGER' }, { name: 'f', type: 'DOUBLE' }, { name: 's', type: 'VARCHAR' }]) // prettier-ignore
  t.same(await rows(other.files, '*'), [[1, 0.5, 'ä'], [2, null, 'b']]) // prettier-ignore
})

t.test('no number of a text is another one', async (t) => {
  const { parts, rows } = ground(t)
  const column = async (name: string, values: readonly string[], select = 'a') => {
    const { done, files } = await parts(
      name,
      `a,b\n${values.map((one) => `${one},x\n`).join('')}`,
      'csv'
    )
    return { type: done.columns[0]!.type, rows: await rows(files, select) }
  }
  const big = await column('1.csv', ['12345678901234567890', '9007199254740993'])
  t.same(big, { type: 'DECIMAL(38,0)', rows: [['12345678901234567890'], ['9007199254740993']] })
  const first = Array.from({ length: 21_000 }, () => '9007199254740993')
  t.same(await column('2.csv', [...first, '15e-1'], 'unnest(list_sort(list(DISTINCT a)))'), { type: 'VARCHAR', rows: [['15e-1'], ['9007199254740993']] }) // prettier-ignore
  t.same(await column('3.csv', [...first, '12345678901234567890'], 'sum(a)'), { type: 'DECIMAL(38,0)', rows: [['201496863250795420890']] }) // prettier-ignore
  const small = Array.from({ length: 21_000 }, () => '1')
  t.same(await column('4.csv', [...small, '15e-1'], 'max(a)'), { type: 'DOUBLE', rows: [[1.5]] })
  t.same(await column('5.csv', ['0.5', '12345678901234567000'], 'min(a)'), { type: 'DOUBLE', rows: [[0.5]] }) // prettier-ignore
  t.same(await column('6.csv', ['0.5', '12345678901234567891']), { type: 'VARCHAR', rows: [['0.5'], ['12345678901234567891']] }) // prettier-ignore
  const ndjson = await parts('7.ndjson', '{"a":12345678901234567890}\n{"a":9007199254740993}\n', 'ndjson') // prettier-ignore
  t.same(await rows(ndjson.files, 'a'), [['12345678901234567890'], ['9007199254740993']])
})

t.test('whole numbers of several files, and nested ones, are no other ones', async (t) => {
  const { parts, together, rows, sql, folder } = ground(t)
  const wide = ['{"a":18446744073709551615,"l":[1],"s":{"HUGEINT":[1]}}\n', '{"a":-1,"l":[18446744073709551615,-1],"s":{"HUGEINT":[18446744073709551615]}}\n'] // prettier-ignore
  const types = ['DECIMAL(38,0)', 'DECIMAL(38,0)[]', 'STRUCT(HUGEINT DECIMAL(38,0)[])']
  const two = await together(wide, 'ndjson')
  t.same(two.done.columns.map(({ type }) => type), types) // prettier-ignore
  const found = [['18446744073709551615', ['1'], ['1']], ['-1', ['18446744073709551615', '-1'], ['18446744073709551615']]] // prettier-ignore
  t.same(await rows(two.files, 'a, l, s."HUGEINT"'), found)
  const one = await parts('one.ndjson', wide.join(''), 'ndjson')
  t.same(one.done.columns.map(({ type }) => type), types) // prettier-ignore
  t.same(await rows(one.files, 'a, l, s."HUGEINT"'), found)
  t.match((await together([wide[1]!], 'ndjson', two.done.columns)).done, { rows: 1 })
  const file = join(folder, 'result.parquet')
  await sql.select({ sql: 'SELECT {HUGEINT: [18446744073709551616]} AS s, 7::HUGEINT AS "BIT"', tables: [], output: { file, format: 'parquet' } }, work) // prettier-ignore
  t.same(await rows([file], '*'), [[{ HUGEINT: ['18446744073709551616'] }, '7']])
})

t.test('no number of JSON is another one', async (t) => {
  const { parts, together, rows, sql, folder } = ground(t)
  const column = async (name: string, values: readonly string[]) => {
    const text = values.map((one, i) => `{"i":${i},"a":${one},"w":"2024-01-01T00:00:00+02:00"}\n`).join('') // prettier-ignore
    const { done, files } = await parts(name, text, 'ndjson')
    const table = { name: 'x', files: [join(folder, name)], format: 'ndjson' } as const
    const asked = await sql.select({ sql: 'SELECT a, w::VARCHAR FROM x ORDER BY i', tables: [table], output: { maxRows: 10 } }, work) // prettier-ignore
    const found = await rows(files, 'a, w::VARCHAR')
    t.same(asked.rows, found, `${name} is asked as it is put`)
    t.ok(found.every(([, w]) => w === '2023-12-31 22:00:00'))
    return { type: done.columns[1]!.type, rows: found.map(([a]) => a) }
  }
  t.same(await column('1.ndjson', ['9007199254740993', '0.5', 'null']), { type: 'VARCHAR', rows: ['9007199254740993', '0.5', null] }) // prettier-ignore
  t.same(await column('2.ndjson', ['123456789012345678901', '9007199254740993']), { type: 'DECIMAL(38,0)', rows: ['123456789012345678901', '9007199254740993'] }) // prettier-ignore
  t.same(await column('3.ndjson', ['1e20', '0.5', '9007199254740992']), { type: 'DOUBLE', rows: [1e20, 0.5, 2 ** 53] }) // prettier-ignore
  t.same(await column('4.ndjson', ['{"x":[9007199254740993,0.5]}', '{"x":[]}']), { type: 'JSON', rows: ['{"x":[9007199254740993,0.5]}', '{"x":[]}'] }) // prettier-ignore
  t.same(await column('5.ndjson', ['{"9007199254740993":1e20}']), { type: 'STRUCT("9007199254740993" DOUBLE)', rows: [{ '9007199254740993': 1e20 }] }) // prettier-ignore
  const fraction = '{"a":0.5}\n'
  for (const other of ['{"a":9007199254740993}\n', '{"a":9007199254740993}\n{"a":1.5}\n', '{"a":18446744073709551617}\n']) // prettier-ignore
    await t.rejects(together([fraction, other], 'ndjson'), { code: 'CORRUPT_FORMAT', message: /1\.ndjson: / }) // prettier-ignore
  const fits = await together([fraction, '{"a":9007199254740992}\n{"a":1e20}\n'], 'ndjson')
  t.same(await rows(fits.files, 'a'), [[0.5], [2 ** 53], [1e20]])
  await t.rejects(parts('6.ndjson', '{"a":0.5,"A":0.5}\n{"a":1,"A":9007199254740993}\n', 'ndjson'), { code: 'CORRUPT_FORMAT', message: /case alone/ }) // prettier-ignore
})

t.test('rows without values, and files without rows, say nothing of types', async (t) => {
  const { together, rows } = ground(t)
  const two = await together(['a,b\n1,x\n', 'a,b\n', 'a,b\n2.5,y\n'], 'csv')
  t.match(two.done, { rows: 2, columns: [{ type: 'DOUBLE' }, { type: 'VARCHAR' }] })
  const late = `a,b\n${',x\n'.repeat(21_000)}7,x\n`
  const more = await together([late], 'csv', [{ name: 'a', type: 'BIGINT' }, { name: 'b', type: 'VARCHAR' }]) // prettier-ignore
  t.same(await rows(more.files, 'count(*), max(a)'), [[21_001, 7]])
  const text = late.replace('7,x', 'no,x')
  await t.rejects(together([text], 'csv', [{ name: 'a', type: 'BIGINT' }, { name: 'b', type: 'VARCHAR' }]), { message: /needs the type VARCHAR/ }) // prettier-ignore
})

t.test('a column without values fits any type, in each format', async (t) => {
  const { parts, together, rows, folder } = ground(t)
  const columns = [{ name: 'id', type: 'BIGINT' }, { name: 'note', type: 'VARCHAR' }, { name: 'tags', type: 'VARCHAR[]' }, { name: 'at', type: 'TIMESTAMP' }] // prettier-ignore
  const nulls = await together(['{"id":1,"note":null,"tags":[],"at":null}\n'], 'ndjson', columns)
  t.same(await rows(nulls.files, '*'), [[1, null, [], null]])
  await t.rejects(together(['{"note":[]}\n'], 'ndjson', columns), {
    message: /note needs the type/
  })
  t.match((await together(['a,b\n1,\n', 'a,b\n2,5\n'], 'csv')).done.columns, [{ type: 'BIGINT' }, { type: 'BIGINT' }]) // prettier-ignore
  const several = ['{"a":1,"b":null}\n', '{"a":null,"b":[]}\n', '{"a":null,"b":["x"]}\n']
  t.match((await together(several, 'ndjson')).done.columns, [{ type: 'BIGINT' }, { type: 'VARCHAR[]' }]) // prettier-ignore
  await parts('t.csv', 'a,b\n1,Berlin\n', 'csv')
  await parts('t.ndjson', '{"a":2,"b":null}\n', 'ndjson')
  await parts('m.ndjson', '{"a":2,"b":1}\n{"a":2,"b":"x"}\n', 'ndjson')
  const withCsv = async (other: string) => await ground(t).partsOf([{ file: join(folder, 't.csv'), format: 'csv' }, { file: join(folder, other), format: 'ndjson' }]) // prettier-ignore
  t.same(await rows((await withCsv('t.ndjson')).files, 'b'), [['Berlin'], [null]])
  await t.rejects(withCsv('m.ndjson'), { code: 'CORRUPT_FORMAT', message: /b has texts, and another file has values of several types/ }) // prettier-ignore
})

t.test('a column may be called rowid', async (t) => {
  const { parts, rows } = ground(t)
  const text = 'RowId,v\n100,a\n101,b\n1,c\n'
  const { done, files, hashes } = await parts('r.csv', text, 'csv')
  t.match(done, { rows: 3, columns: [{ name: 'RowId', type: 'BIGINT' }, { name: 'v' }] })
  t.same(await rows(files, '"RowId", v'), [[100, 'a'], [101, 'b'], [1, 'c']]) // prettier-ignore
  const ndjson = '{"RowId":100,"v":"a"}\n{"RowId":101,"v":"b"}\n{"RowId":1,"v":"c"}\n'
  t.same((await parts('r.ndjson', ndjson, 'ndjson')).hashes, hashes)
  const many = `v,rowid\n${Array.from({ length: 20_000 }, (_, i) => `${i},${40_000 - i}`).join('\n')}\n` // prettier-ignore
  const big = await parts('m.csv', many, 'csv')
  t.match(big.done, { rows: 20_000 })
  t.same(await rows(big.files, 'count(*), min(rowid), sum(v + "rowid")'), [[20_000, 20_001, '800000000']]) // prettier-ignore
})

t.test('empty and very wide tables', async (t) => {
  const { parts, rows } = ground(t)
  const empty = await parts('e.csv', 'a,b\n', 'csv')
  t.match(empty.done, { rows: 0, parts: [1], columns: [{ name: 'a' }, { name: 'b' }] })
  t.same(await rows(empty.files, 'count(*), count(a)'), [[0, 0]])
  const names = Array.from({ length: 5000 }, (_, i) => `c${i}`)
  const wide = await parts('w.csv', `${names.join()}\n${names.map((_, i) => i).join()}\n`, 'csv')
  t.equal(wide.done.columns.length, 5000)
  t.same(await rows(wide.files, 'c4999, c0'), [[4999, 0]])
})

t.test('a late number widens its column, and a late text is a mistake', async (t) => {
  const { parts } = ground(t)
  const late = `a\n${'1\n'.repeat(30_000)}`
  t.match((await parts('w.csv', `${late}1.5\n`, 'csv')).done, { rows: 30_001, columns: [{ type: 'DOUBLE' }] }) // prettier-ignore
  await t.rejects(parts('t.csv', `${late}x\n`, 'csv'), { code: 'CORRUPT_FORMAT', message: /t\.csv, line 30002: / }) // prettier-ignore
  await t.rejects(parts('r.csv', `a,b\n${'1,2\n'.repeat(30_000)}1,2,3\n`, 'csv'), { code: 'CORRUPT_FORMAT', message: /r\.csv, line 30002: / }) // prettier-ignore
  await t.rejects(parts('few.csv', 'id,shop,price\n1,a,2\n2,b\n3,c,xyz\n', 'csv'), { code: 'CORRUPT_FORMAT', message: /few\.csv, line 3: / }) // prettier-ignore
  await t.rejects(parts('s.ndjson', '{"a":"x\u2028y\u2029z"}\n{"a":"x"}\n{"a":\n', 'ndjson'), { code: 'CORRUPT_FORMAT', message: /s\.ndjson, line 3: / }) // prettier-ignore
  t.match((await parts('q.csv', '"last, first"\nx\n', 'csv')).done.columns, [{ name: 'last, first' }]) // prettier-ignore
  await t.rejects(parts('p.parquet', 'PAR1 no PAR1', 'parquet'), { code: 'CORRUPT_FORMAT', message: /p\.parquet: / }) // prettier-ignore
  await t.rejects(parts('a.arrow', 'ARROW1 no', 'arrow'), { code: 'CORRUPT_FORMAT', message: /a\.arrow/ }) // prettier-ignore
})
