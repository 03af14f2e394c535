/** Rows of Parquet files of others: what expands to more than it may takes no memory. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readParquetGroups } from '../../src/core/read-parquet.js'
import { checkPartition } from '../../src/metadata/published-rows.js'
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
  await t.rejects(rowsOf(bomb, 4 << 20), { code: 'CORRUPT_FORMAT', message: /claims 1 rows of/ })
  // The row group lies about its bytes, so that the page alone tells.
  const bytes = readFileSync(bomb)
  t.ok(bytes.length < 1 << 20)
  const wanted = Buffer.from(zigzagVarint(await claimOf(bomb)))
  for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1))
    Buffer.from([0x80, 0x80, 0x80, 0x01]).copy(bytes, at)
  writeFileSync(bomb, bytes)
  await t.rejects(rowsOf(bomb), { code: 'CORRUPT_FORMAT', message: /expand to more than/ })
  const large = join(folder, 'zstd.parquet')
  writeFileSync(large, claiming(readFileSync(large), await claimOf(large), 1 << 30))
  t.equal((await rowsOf(large)).length, 300, 'files of the home may have large row groups')
  const statistics = { rows: 1, min: '', max: '', oldest: 0, newest: 0, content_bytes: 0 }
  await t.rejects(checkPartition(large, statistics, 0), { message: /claims 300 rows of 1073741824 bytes/ }) // prettier-ignore
})

/** Returns the bytes that the row group of a file claims. */
async function claimOf(path: string): Promise<number> {
  const refused: unknown = await rowsOf(path, 1).catch((error: unknown) => error)
  return Number(/claims \d+ rows of (\d+) bytes/.exec((refused as Error).message)?.[1])
}

/** Returns a file whose row group claims other bytes. */
function claiming(bytes: Buffer, from: number, to: number): Buffer {
  const start = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8)
  const old = Buffer.from(zigzagVarint(from))
  const at = bytes.lastIndexOf(old, bytes.length - 8)
  const footer = Buffer.concat([bytes.subarray(start, at), Buffer.from(zigzagVarint(to)), bytes.subarray(at + old.length, -8)]) // prettier-ignore
  const end = Buffer.from(bytes.subarray(-8))
  end.writeUInt32LE(footer.length)
  return Buffer.concat([bytes.subarray(0, start), footer, end])
}

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
