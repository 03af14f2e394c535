/** Types of Arrow that Parquet has none of, and files that are larger than a buffer of Node. */
import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import t from 'tap'
import { SqlProcesses } from '../../src/query/processes.js'
import type { TableSource } from '../../src/query/ports.js'
import { PYTHON, skipWithoutPython } from '../support/python.js'
import { runProgram } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

const WRITE = `
import sys, datetime as d, pyarrow as pa, pyarrow.ipc as ipc
at = d.datetime(2026, 11, 26, 22, 58, 1)
day = d.date(1960, 2, 3)
clock = d.time(23, 59, 58)
columns = {
  's': pa.array([at, None, at], pa.timestamp('s')), 'sz': pa.array([at, None, at], pa.timestamp('s', 'UTC')),
  'us': pa.array([at, None, at], pa.timestamp('us')), 'd64': pa.array([day, None, day], pa.date64()),
  'd32': pa.array([day, None, day], pa.date32()), 't': pa.array([clock, None, clock], pa.time32('s')),
  'tu': pa.array([clock, None, clock], pa.time64('us')), 'l': pa.array([[at, None], None, []], pa.list_(pa.timestamp('s'))),
  'st': pa.array([{'a': at, 'b': {'d': day}}, None, {'a': None, 'b': None}], pa.struct([('a', pa.timestamp('s')), ('b', pa.struct([('d', pa.date64())]))])),
  'm': pa.array([[('k', at)], None, []], pa.map_(pa.string(), pa.timestamp('s'))),
  'n': pa.array(['x', None, 'y']).dictionary_encode(),
  'ds': pa.array([at, None, at], pa.timestamp('s')).dictionary_encode()}
table = pa.table(columns)
for name, kind in [('file', ipc.new_file), ('stream', ipc.new_stream)]:
    with kind(sys.argv[1] + '/' + name + '.arrow', table.schema) as out:
        out.write_table(table.slice(0, 2))
        out.write_table(table.slice(2))
with ipc.new_file(sys.argv[1] + '/empty.arrow', table.schema) as out: pass
`

t.test(
  'times and days stay what they are, nested ones too',
  { skip: skipWithoutPython },
  async (t) => {
    const folder = tempFolder(t, 'arrow')
    const written = await runProgram(PYTHON, ['-c', WRITE, folder])
    t.equal(written.code, 0, written.stderr)
    const limits = { memoryBytes: 512 << 20, deadlineMs: 60_000, maxTemporaryBytes: 1 << 30 }
    const sql = new SqlProcesses({ folder: () => folder, limits })
    t.teardown(() => sql.close())
    const work = { signal: new AbortController().signal }
    const ask = (name: string) => {
      const table: TableSource = { name, files: [join(folder, `${name}.arrow`)], format: 'arrow' }
      return sql.select({ sql: `FROM ${name}`, tables: [table], output: { maxRows: 10 } }, work)
    }
    const at = '2026-11-26T22:58:01'
    const first = [at, `${at}Z`, at, '1960-02-03', '1960-02-03', '23:59:58', '23:59:58', [at, null], { a: at, b: { d: '1960-02-03' } }, [{ key: 'k', value: at }], 'x', at] // prettier-ignore
    for (const name of ['file', 'stream']) {
      const { columns, rows } = await ask(name)
      t.same(columns.map(({ type }) => type), ['TIMESTAMP', 'TIMESTAMP WITH TIME ZONE', 'TIMESTAMP', 'DATE', 'DATE', 'TIME', 'TIME', 'TIMESTAMP[]', 'STRUCT("a" TIMESTAMP, "b" STRUCT("d" DATE))', 'MAP(VARCHAR, TIMESTAMP)', 'VARCHAR', 'TIMESTAMP']) // prettier-ignore
      t.same(rows[0], first, name)
      t.same(rows[1], first.map(() => null), name) // prettier-ignore
      t.same(rows[2], [...first.slice(0, 7), [], { a: null, b: null }, [], 'y', at], name)
    }
    t.match(await ask('empty'), { rows: [], columns: [{ type: 'TIMESTAMP' }] })
    // Nothing of a file that is no Arrow is read whole, whatever its size.
    const out = createWriteStream(join(folder, 'none.arrow'), { start: 2 ** 31 + 5 })
    out.end('no Arrow')
    await once(out, 'close')
    const failed: unknown = await ask('none').catch((error: unknown) => error)
    t.match(failed, { code: 'CORRUPT_FORMAT' })
    t.notMatch((failed as Error).message, /2 GiB/)
  }
)
