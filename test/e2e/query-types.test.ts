/** pandas, pyarrow, polars and DuckDB read results of queries with the right types. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Kit, runProgram } from '../support/cli.js'
import { PYTHON, skipWithoutPython } from '../support/python.js'
import { tempFolder } from '../support/temp.js'

const SQL = `
SELECT * FROM (VALUES
  (1::TINYINT, 9007199254740993::BIGINT, 123.45::DECIMAL(9, 2), DATE '2024-02-29', TIMESTAMP '2024-02-29 12:00:00.123456',
   TIMESTAMPTZ '2024-02-29 12:00:00+02', TIME '23:59:59', true, 'grüße'::VARCHAR, '\\xAA'::BLOB, 1.5::DOUBLE,
   [1, NULL, 3], {'a': 1, 'b': ['x']}, MAP {'k': 7}, UUID '00000000-0000-0000-0000-000000000001',
   170141183460469231731::HUGEINT, 'red'::ENUM ('red', 'blue')),
  (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
) AS v (tiny, big, dec, day, "at", tz, clock, flag, "größe 名", bytes, real, items, nested, pairs, id, huge, colour)
`
const READ = `
import sys, datetime as d, decimal, pyarrow as pa, pyarrow.parquet as pq, pyarrow.ipc as ipc, pandas as pd, polars as pl, duckdb
folder = sys.argv[1]
def check(what, got, want):
    print('ok ' if got == want else f'WRONG {got!r} is not {want!r}:', what)
types = {
  'tiny': pa.int8(), 'big': pa.int64(), 'dec': pa.decimal128(9, 2), 'day': pa.date32(), 'at': pa.timestamp('us'),
  'tz': pa.timestamp('us', tz='UTC'), 'clock': pa.time64('us'), 'flag': pa.bool_(), 'größe 名': pa.string(), 'bytes': pa.binary(),
  'real': pa.float64(), 'huge': pa.decimal128(38, 0), 'colour': pa.string()}
row = {'tiny': 1, 'big': 9007199254740993, 'dec': decimal.Decimal('123.45'), 'day': d.date(2024, 2, 29),
  'at': d.datetime(2024, 2, 29, 12, 0, 0, 123456), 'clock': d.time(23, 59, 59), 'flag': True, 'größe 名': 'grüße',
  'bytes': b'\\xaa', 'real': 1.5, 'items': [1, None, 3], 'nested': {'a': 1, 'b': ['x']}, 'pairs': [('k', 7)],
  'huge': decimal.Decimal('170141183460469231731'), 'colour': 'red'}
for name, table in [('parquet', pq.read_table(folder + '/r.parquet')), ('arrow', ipc.open_file(pa.memory_map(folder + '/r.arrow')).read_all())]:
    for column, kind in types.items():
        check(f'{name} {column}', table.schema.field(column).type, kind)
    first = table.to_pylist()[0]
    for column, value in row.items():
        check(f'{name} value {column}', first[column], value)
    check(f'{name} instant', first['tz'], d.datetime(2024, 2, 29, 10, tzinfo=d.timezone.utc))
    check(f'{name} nulls', set(table.to_pylist()[1].values()), {None})
frame = pd.read_parquet(folder + '/r.parquet')
check('pandas', (frame['größe 名'][0], frame['at'][0], frame['dec'][0]), ('grüße', pd.Timestamp('2024-02-29 12:00:00.123456'), decimal.Decimal('123.45')))
polar = pl.read_parquet(folder + '/r.parquet')
check('polars', (polar['nested'][0], polar['day'][0], polar['items'].to_list()[0]), ({'a': 1, 'b': ['x']}, d.date(2024, 2, 29), [1, None, 3]))
check('polars arrow', pl.read_ipc(folder + '/r.arrow')['big'][0], 9007199254740993)
check('duckdb', duckdb.sql(f"select typeof(dec), typeof(tz), typeof(nested), typeof(pairs), typeof(id) from '{folder}/r.parquet' limit 1").fetchall()[0],
  ('DECIMAL(9,2)', 'TIMESTAMP WITH TIME ZONE', 'STRUCT(a INTEGER, b VARCHAR[])', 'MAP(VARCHAR, INTEGER)', 'UUID'))
for form in ['parquet', 'arrow']:
    read = (lambda p: pq.read_table(p)) if form == 'parquet' else (lambda p: ipc.open_file(p).read_all())
    empty = read(f'{folder}/empty.{form}')
    check(f'empty {form}', (empty.num_rows, empty.schema.field(0).type, empty.schema.field(1).type.value_type), (0, pa.int64(), pa.int64()))
    wide = read(f'{folder}/wide.{form}')
    check(f'wide {form}', (wide.num_columns, wide.num_rows, wide['c4999'].to_pylist()), (5000, 1, [4999]))
check('csv', pd.read_csv(folder + '/r.csv')['größe 名'][0], 'grüße')
`

t.test('types of results', { skip: skipWithoutPython, timeout: 300_000 }, async (t) => {
  const folder = tempFolder(t, 'query-types')
  const kit = new Kit(join(folder, 'home'))
  const results = join(folder, 'results')
  mkdirSync(results)
  const wide = `SELECT ${Array.from({ length: 5000 }, (_, i) => `${i} AS c${i}`).join(', ')}`
  for (const form of ['parquet', 'arrow', 'csv'])
    await kit.ok('query', SQL, '-o', join(results, `r.${form}`))
  for (const form of ['parquet', 'arrow']) {
    await kit.ok('query', 'SELECT i, [i] l FROM range(0) t(i)', '-o', join(results, `empty.${form}`)) // prettier-ignore
    await kit.ok('query', wide, '-o', join(results, `wide.${form}`))
  }
  const read = await runProgram(PYTHON, ['-c', READ, results])
  t.equal(read.code, 0, read.stderr)
  const lines = read.stdout.toString().trim().split('\n')
  t.ok(lines.length > 50)
  for (const line of lines) t.match(line, /^ok /)
})
