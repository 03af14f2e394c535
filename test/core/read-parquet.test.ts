/** Rows of Parquet files of others: what expands to more than it may takes no memory. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readParquetGroups } from '../../src/core/read-parquet.js'
import { runProgram } from '../support/cli.js'
import { PYTHON, skipWithoutPython } from '../support/python.js'
import { tempFolder } from '../support/temp.js'

const WRITE = `
import sys, pyarrow as pa, pyarrow.parquet as pq
folder = sys.argv[1]
for codec in ['zstd', 'gzip', 'snappy', 'brotli', 'lz4']:
    table = pa.table({'a': ['x' * 1000 + str(i) for i in range(300)], 'n': list(range(300))})
    pq.write_table(table, folder + '/' + codec + '.parquet', compression=codec, use_dictionary=False)
big = pa.table({'a': ['x' * (64 << 20)]})
pq.write_table(big, folder + '/bomb.parquet', compression='zstd', use_dictionary=False, write_statistics=False)
`

async function rowsOf(path: string, most?: number): Promise<unknown[]> {
  const rows: unknown[] = []
  for await (const group of readParquetGroups(path, most)) rows.push(...group)
  return rows
}

t.test('pages expand to no more than they may', { skip: skipWithoutPython }, async (t: Test) => {
  const folder = tempFolder(t, 'parquet')
  const written = await runProgram(PYTHON, ['-c', WRITE, folder])
  t.equal(written.code, 0, written.stderr)
  for (const codec of ['zstd', 'gzip', 'snappy', 'brotli', 'lz4']) {
    const rows = await rowsOf(join(folder, `${codec}.parquet`))
    t.equal(rows.length, 300, codec)
    t.same(rows[299], { a: `${'x'.repeat(1000)}299`, n: 299n })
  }
  const bomb = join(folder, 'bomb.parquet')
  const claimed: unknown = await rowsOf(bomb, 4 << 20).catch((error: unknown) => error)
  const [, claim] = /claims 1 rows of (\d+) bytes/.exec((claimed as Error).message) ?? []
  // The row group lies about its bytes, so that the page alone tells.
  const bytes = readFileSync(bomb)
  t.ok(bytes.length < 1 << 20)
  const wanted = Buffer.from(zigzagVarint(Number(claim)))
  for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1))
    Buffer.from([0x80, 0x80, 0x80, 0x01]).copy(bytes, at)
  writeFileSync(bomb, bytes)
  await t.rejects(rowsOf(bomb, 4 << 20), { code: 'CORRUPT_FORMAT', message: /expand to more than/ })
})

/** Returns a number as Thrift writes it. */
function zigzagVarint(value: number): number[] {
  const bytes: number[] = []
  let left = value * 2
  while (left >= 128) {
    bytes.push((left % 128) + 128)
    left = Math.floor(left / 128)
  }
  return [...bytes, left]
}
