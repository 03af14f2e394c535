/** Arrow files of ours: what is written is read back, by this program and by pyarrow; torn ones are refused. */
import {
  copyFileSync,
  readdirSync,
  readFileSync,
  truncateSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ArrowFile } from '../../src/ipc/arrow-file.js'
import { ArrowFileWriter } from '../../src/ipc/arrow-file-writer.js'
import { areCurrent, marksOf } from '../../src/ipc/source-marks.js'
import { STREAMS, type Columns, type Row } from '../../src/ipc/streams.js'
import { python, skipWithoutPython } from '../support/python.js'
import { tempFolder } from '../support/temp.js'

const ALL: Columns = {
  text: 'string',
  big: 'int64',
  small: 'int32',
  real: 'float64',
  flag: 'bool',
  time: 'timestamp_s'
}

function write(path: string, columns: Columns, rows: Iterable<Row>): void {
  const writer = new ArrowFileWriter(path, columns, { 'ü key': 'a\nvalue', empty: '' })
  for (const row of rows) writer.push(row)
  writer.finish(false)
}

function read(path: string, columns: Columns): Row[] {
  const file = ArrowFile.open(path)!
  const rows = [...file.rows(columns)]
  file.close()
  return rows
}

const row = (i: number): Row => ({
  text: i % 3 === 0 ? null : `${'näme 🦆 '.repeat(i % 5)}${i}`,
  big: i % 4 === 0 ? null : i * 2 ** 40,
  small: i % 5 === 0 ? null : -i,
  real: i % 2 === 0 ? null : i / 7,
  flag: i % 6 === 0 ? null : i % 6 < 3,
  time: i % 7 === 0 ? null : 1_700_000_000 + i
})

t.test('rows of all types come back, with their nulls and the metadata', async (t) => {
  const path = join(tempFolder(t), 'x.arrow')
  for (const count of [0, 1, 8, 1000]) {
    const rows = Array.from({ length: count }, (_, i) => row(i))
    write(path, ALL, rows)
    t.same(read(path, ALL), rows)
  }
  const file = ArrowFile.open(path)!
  t.same(file.metadata, { 'ü key': 'a\nvalue', empty: '' })
  t.same(file.rows(ALL, ['small', 'text']).next().value, { small: null, text: null })
  file.close()
  t.equal(ArrowFile.open(`${path}.none`), undefined)
  t.same(readdirSync(join(path, '..')), ['x.arrow'], 'nothing else is left')
})

const READ = `
import sys, json, pyarrow as pa
table = pa.ipc.open_file(pa.memory_map(sys.argv[1])).read_all()
table.validate(full=True)
assert pa.total_allocated_bytes() == 0 or table.num_rows < 1000, pa.total_allocated_bytes()
rows = table.slice(int(sys.argv[2])).cast(pa.schema([(f.name, pa.int64() if pa.types.is_timestamp(f.type) else f.type) for f in table.schema]))
print(json.dumps({'types': {f.name: str(f.type) for f in table.schema}, 'count': table.num_rows, 'rows': rows.to_pylist(),
  'metadata': {k.decode(): v.decode() for k, v in table.schema.metadata.items()}}))
`

t.test('pyarrow maps them without copying', { skip: skipWithoutPython }, async (t) => {
  const path = join(tempFolder(t), 'x.arrow')
  const count = 300_000
  write(path, ALL, (function* () {
    for (let i = 0; i < count; i++) yield row(i)
  })()) // prettier-ignore
  t.same(await python(READ, path, String(count - 50)), {
    types: {
      text: 'string',
      big: 'int64',
      small: 'int32',
      real: 'double',
      flag: 'bool',
      time: 'timestamp[s]'
    },
    count,
    rows: Array.from({ length: 50 }, (_, i) => row(count - 50 + i)),
    metadata: { 'ü key': 'a\nvalue', empty: '' }
  })
  for (const columns of Object.values(STREAMS)) {
    write(path, columns, [])
    const { count, types } = await python<{ count: number; types: object }>(READ, path, '0')
    t.equal(count, 0)
    t.same(Object.keys(types), Object.keys(columns))
  }
})

t.test(
  'threats 110: a file that is torn anywhere is refused, and never read wrongly',
  async (t) => {
    const folder = tempFolder(t)
    const path = join(folder, 'x.arrow')
    const rows = Array.from({ length: 40 }, (_, i) => row(i))
    write(path, ALL, rows)
    const bytes = readFileSync(path)
    const torn = join(folder, 'torn.arrow')
    for (let length = 0; length < bytes.length; length += 7) {
      copyFileSync(path, torn)
      truncateSync(torn, length)
      t.throws(() => ArrowFile.open(torn), { code: 'CORRUPT_FORMAT' }, `${length} bytes`)
    }
    // Bytes of the metadata that are any others: an error, or other values, but nothing worse.
    for (let at = 0; at < bytes.length; at += 3) {
      const broken = Buffer.from(bytes)
      broken[at]! ^= 0xff
      writeFileSync(torn, broken)
      try {
        t.ok(read(torn, ALL).length < 1e9)
      } catch (error) {
        t.equal((error as { code?: string }).code, 'CORRUPT_FORMAT', `byte ${at}: ${String(error)}`)
      }
    }
  }
)

t.test('marks tell whether any of the files changed', async (t) => {
  const home = tempFolder(t)
  writeFileSync(join(home, 'a'), 'one')
  const text = (): string => JSON.stringify(marksOf(home, ['a', 'none']))
  const marks = text()
  t.ok(areCurrent(home, marks))
  t.notOk(areCurrent(home, undefined))
  t.notOk(areCurrent(home, '{}'))
  utimesSync(join(home, 'a'), 1, 1)
  t.notOk(areCurrent(home, marks))
  const second = text()
  writeFileSync(join(home, 'none'), '')
  t.notOk(areCurrent(home, second))
})
