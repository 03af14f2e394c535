/** Writes a partition's Parquet file from records that are handed over one by one. */
import type { RecordBatch, Schema } from 'apache-arrow'
import { loadArrow, writeParquetFile } from '../core/parquet-stream.js'
import { arrowColumn, fieldOf } from './arrow-columns.js'
import type { IndexRecord } from './record.js'
import { COLUMNS } from './schema.js'

/** Rows of a row group. */
const GROUP = 65_536

/** Writes a file and syncs it. @param records are read once. */
export async function writeIndexParquet(
  path: string,
  records: Iterable<IndexRecord>
): Promise<void> {
  const { Schema } = loadArrow()
  const schema = new Schema(COLUMNS.map(fieldOf))
  const iterator = records[Symbol.iterator]()
  await writeParquetFile(path, GROUP, () => nextBatch(iterator, schema))
}

function nextBatch(records: Iterator<IndexRecord>, schema: Schema): RecordBatch {
  const columns = COLUMNS.map(({ type }) => arrowColumn(type))
  let count = 0
  for (; count < GROUP; count++) {
    const next = records.next()
    if (next.done === true) break
    const record = next.value as unknown as Readonly<Record<string, unknown>>
    COLUMNS.forEach(({ name }, i) => columns[i]!.push(record[name]))
  }
  const children = columns.map((column) => column.data())
  const { makeData, RecordBatch, Struct } = loadArrow()
  const data = makeData({ type: new Struct(schema.fields), length: count, nullCount: 0, children })
  return new RecordBatch(schema, data)
}
