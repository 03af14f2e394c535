/** Groups of wide rows are small ones, and those of others stay as they are. */
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import t from 'tap'
import { narrowGroups } from '../../src/query/narrow-groups.js'
import { tempFolder } from '../support/temp.js'

t.test('groups of rows as wide as documents fit in memory', async (t) => {
  const folder = tempFolder(t, 'narrow')
  const connection = await (await DuckDBInstance.create()).connect()
  t.teardown(() => connection.closeSync())
  const [made, other] = [join(folder, 'made.parquet'), join(folder, 'other.parquet')]
  const narrowed = async (select: string): Promise<string> => {
    await connection.run(`COPY (${select}) TO '${made}' (FORMAT parquet, COMPRESSION snappy)`)
    return await narrowGroups(connection, made, other)
  }
  t.equal(await narrowed("SELECT i, 'x' AS a FROM range(10) r(i)"), made)
  t.equal(await narrowed("SELECT i, [repeat('x', 20_000)] AS a FROM range(20_000) r(i)"), other)
  const groups = await connection.runAndReadAll(`SELECT max(row_group_num_rows) < 10_000, count(DISTINCT row_group_id) > 2 FROM parquet_metadata('${other}')`) // prettier-ignore
  t.same(groups.getRows(), [[true, true]])
  const rows = await connection.runAndReadAll(`SELECT count(*), sum(i), bool_and(i = file_row_number), min(len(a[1])) FROM read_parquet('${other}', file_row_number = true)`) // prettier-ignore
  t.same(rows.getRowsJson(), [['20000', '199990000', true, '20000']])
})
