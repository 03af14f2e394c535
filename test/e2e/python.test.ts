/** pandas, pyarrow, polars and DuckDB read Parquet and CSV through the mount. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Kit, runProgram } from '../support/cli.js'
import { mounted, skipWithoutMount } from '../support/mount.js'
import { PYTHON, skipWithoutPython } from '../support/python.js'
import { tempFolder } from '../support/temp.js'

const WRITE = `
import pandas as pd, numpy as np, sys
rows = 200_000
frame = pd.DataFrame({'id': np.arange(rows), 'x': np.arange(rows) * 0.5, 'name': ['row %d' % (i % 1000) for i in range(rows)]})
frame.to_parquet(sys.argv[1] + '/data.parquet', row_group_size=20_000)
frame.to_csv(sys.argv[1] + '/data.csv', index=False)
`
const READ = `
import sys, pandas as pd, pyarrow.parquet as pq, pyarrow.csv as pc, pyarrow as pa, polars as pl, duckdb
base = sys.argv[1]
want = (200_000, 199_999 * 200_000 * 0.25)
got = {}
f = pd.read_parquet(base + '/data.parquet'); got['pandas parquet'] = (len(f), f.x.sum())
f = pd.read_csv(base + '/data.csv'); got['pandas csv'] = (len(f), f.x.sum())
f = pq.read_table(base + '/data.parquet', memory_map=True); got['pyarrow parquet'] = (f.num_rows, pa.compute.sum(f['x']).as_py())
f = pc.read_csv(base + '/data.csv'); got['pyarrow csv'] = (f.num_rows, pa.compute.sum(f['x']).as_py())
f = pl.read_parquet(base + '/data.parquet'); got['polars parquet'] = (len(f), f['x'].sum())
f = pl.read_csv(base + '/data.csv'); got['polars csv'] = (len(f), f['x'].sum())
got['duckdb parquet'] = duckdb.sql(f"select count(*), sum(x) from '{base}/data.parquet'").fetchall()[0]
got['duckdb csv'] = duckdb.sql(f"select count(*), sum(x) from '{base}/data.csv'").fetchall()[0]
for name, value in got.items():
    print(('ok ' if (value[0], round(value[1])) == (want[0], round(want[1])) else 'WRONG ') + name, value)
`

const skip = skipWithoutPython || skipWithoutMount.skip

t.test('data people read through the mount', { skip, timeout: 300_000 }, async (t) => {
  const folder = tempFolder(t, 'python')
  const source = join(folder, 'data')
  mkdirSync(source)
  const written = await runProgram(PYTHON, ['-c', WRITE, source])
  t.equal(written.code, 0, written.stderr)
  const kit = new Kit(join(folder, 'home'))
  const root = await kit.add(source)
  const path = await mounted(t, kit, folder)
  const read = await runProgram(PYTHON, ['-c', READ, join(path, 'ipfs', root)])
  t.equal(read.code, 0, read.stderr)
  const lines = read.stdout.toString().trim().split('\n')
  t.equal(lines.length, 8)
  for (const line of lines) t.match(line, /^ok /)
  await kit.ok('unmount', path)
})
