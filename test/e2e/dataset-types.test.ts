/** pandas, pyarrow, polars and DuckDB read the file of a dataset, which is made of several parts, with the right types. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Kit, runProgram } from '../support/cli.js'
import { PYTHON, skipWithoutPython } from '../support/python.js'
import { tempFolder } from '../support/temp.js'

const ROWS = 10_000
/** Each other row is nothing but nulls. */
const SQL = `
SELECT i AS id, unnest(CASE WHEN i % 2 = 0 THEN v END) FROM range(${ROWS}) t(i), (SELECT {
  'tiny': 1::TINYINT, 'big': 9007199254740993::BIGINT, 'dec': 123.45::DECIMAL(9, 2), 'day': DATE '2024-02-29',
  'at': TIMESTAMP '2024-02-29 12:00:00.123456', 'tz': TIMESTAMPTZ '2024-02-29 12:00:00+02', 'flag': true,
  'größe 名': 'grüße', 'bytes': '\\xAA'::BLOB, 'real': 1.5::DOUBLE, 'items': [1, NULL, 3],
  'nested': {'a': 1, 'b': ['x']}, 'pairs': MAP {'k': 7}} AS v)
ORDER BY i`
const READ = `
import sys, datetime as d, decimal, pyarrow as pa, pyarrow.parquet as pq, pandas as pd, polars as pl, duckdb
folder, rows = sys.argv[1], int(sys.argv[2])
path = folder + '/types/data.parquet'
def check(what, got, want):
    print('ok ' if got == want else f'WRONG {got!r} is not {want!r}:', what)
types = {'id': pa.int64(), 'tiny': pa.int8(), 'big': pa.int64(), 'dec': pa.decimal128(9, 2), 'day': pa.date32(), 'at': pa.timestamp('us'),
  'tz': pa.timestamp('us', tz='UTC'), 'flag': pa.bool_(), 'größe 名': pa.string(), 'bytes': pa.binary(), 'real': pa.float64()}
row = {'tiny': 1, 'big': 9007199254740993, 'dec': decimal.Decimal('123.45'), 'day': d.date(2024, 2, 29),
  'at': d.datetime(2024, 2, 29, 12, 0, 0, 123456), 'tz': d.datetime(2024, 2, 29, 10, tzinfo=d.timezone.utc), 'flag': True, 'größe 名': 'grüße',
  'bytes': b'\\xaa', 'real': 1.5, 'items': [1, None, 3], 'nested': {'a': 1, 'b': ['x']}, 'pairs': [('k', 7)]}
file = pq.ParquetFile(path)
check('several parts', file.num_row_groups > 1, True)
table = file.read()
check('rows', table.column('id').to_pylist(), list(range(rows)))
for column, kind in types.items():
    check('pyarrow ' + column, table.schema.field(column).type, kind)
for at in [0, rows - 2]:
    got = table.slice(at, 1).to_pylist()[0]
    for column, value in row.items():
        check(f'pyarrow value {column} of row {at}', got[column], value)
check('nulls', {value for key, value in table.slice(rows - 1, 1).to_pylist()[0].items() if key != 'id'}, {None})
check('null counts', {table.column(name).null_count for name in table.column_names[1:]}, {rows // 2})
frame = pd.read_parquet(path)
last = frame.iloc[rows - 2]
check('pandas', (last['größe 名'], last['at'], last['tz'], last['dec']), ('grüße', pd.Timestamp('2024-02-29 12:00:00.123456'), pd.Timestamp('2024-02-29 10:00', tz='UTC'), decimal.Decimal('123.45')))
check('pandas nulls', int(frame['dec'].isna().sum()), rows // 2)
polar = pl.read_parquet(path)
check('polars', (polar.height, polar['nested'][rows - 2], polar['day'][0], polar['items'].to_list()[0], polar['dec'][0]), (rows, {'a': 1, 'b': ['x']}, d.date(2024, 2, 29), [1, None, 3], decimal.Decimal('123.45')))
check('polars types', (polar.schema['tz'], polar.schema['dec']), (pl.Datetime('us', 'UTC'), pl.Decimal(9, 2)))
check('duckdb', duckdb.sql(f"select typeof(dec), typeof(tz), typeof(nested), typeof(pairs), count(*) over () from '{path}' limit 1").fetchall()[0],
  ('DECIMAL(9,2)', 'TIMESTAMP WITH TIME ZONE', 'STRUCT(a INTEGER, b VARCHAR[])', 'MAP(VARCHAR, INTEGER)', rows))
check('duckdb filter', duckdb.sql(f"select count(*), min(id) from '{path}' where id >= {rows - 3} and big is not null").fetchall(), [(1, rows - 2)])
path = folder + '/empty/data.parquet'
for name, got in [('pyarrow', pq.read_table(path).schema.types), ('polars', list(pl.read_parquet(path).schema.values()))]:
    check('empty ' + name, got, [pa.int64(), pa.list_(pa.field('element', pa.int64()))] if name == 'pyarrow' else [pl.Int64, pl.List(pl.Int64)])
check('empty pandas', pd.read_parquet(path).shape, (0, 2))
check('empty duckdb', duckdb.sql(f"select count(*) from '{path}'").fetchall(), [(0,)])
nested = pq.read_table(folder + '/json/data.parquet')
check('json', nested.to_pylist(), [{'a': {'b': [{'c': 1}, {'c': None}]}, 'n': 2**63}, {'a': None, 'n': None}])
`

t.test('types of datasets', { skip: skipWithoutPython, timeout: 300_000 }, async (t) => {
  const folder = tempFolder(t, 'dataset-types')
  const kit = new Kit(join(folder, 'home'), { cwd: folder })
  await kit.ok('query', SQL, '-o', 'types.parquet')
  await kit.ok('query', 'SELECT i, [i] l FROM range(0) t(i)', '-o', 'empty.parquet')
  writeFileSync(join(folder, 'json.ndjson'), '{"a":{"b":[{"c":1},{"c":null}]},"n":9223372036854775808}\n{}\n') // prettier-ignore
  for (const file of ['types.parquet', 'empty.parquet', 'json.ndjson']) {
    const name = file.split('.')[0]!
    await kit.ok('dataset', 'put', name, file)
    await kit.ok('dataset', 'checkout', name)
  }
  const read = await runProgram(PYTHON, ['-c', READ, folder, String(ROWS)])
  t.equal(read.code, 0, read.stderr)
  const lines = read.stdout.toString().trim().split('\n')
  t.ok(lines.length > 50)
  for (const line of lines) t.match(line, /^ok /)
})
