/** Arrow IPC ↔ Parquet, with nested types kept: DuckDB itself reads and writes no Arrow. */
import { closeSync, openAsBlob, openSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import {
  RecordBatchFileWriter,
  RecordBatchReader,
  Table as ArrowTable,
  tableFromIPC,
  tableToIPC,
  type RecordBatch
} from 'apache-arrow'
import {
  Compression,
  ParquetFile,
  Table,
  writeParquet,
  WriterPropertiesBuilder
} from 'parquet-wasm'
import { KitError } from '../core/errors.js'
import { writeFully } from '../core/fs-durable.js'
import { storableBatch, storableSchema } from './parquet-types.js'

/** Bytes that are converted at a time: the converter holds them in memory more than once. */
const BATCH_BYTES = 64 << 20

/**
 * Converts an Arrow IPC file or stream to Parquet files in a folder.
 * @returns their paths. @throws CORRUPT_FORMAT naming the file.
 */
export async function parquetOfArrow(
  path: string,
  folder: string,
  prefix: string
): Promise<string[]> {
  const files: string[] = []
  try {
    for await (const table of tablesOf(path)) {
      const file = join(folder, `${prefix}-${files.length}.parquet`)
      writeWhole(file, parquetBytes(table))
      files.push(file)
    }
    return files
  } catch (cause) {
    throw new KitError('CORRUPT_FORMAT', `${path} is no Arrow IPC file: ${(cause as Error).message}`, { cause }) // prettier-ignore
  }
}

/** Yields the rows of a file, which is read batch by batch, in tables of bounded size, one at least. */
async function* tablesOf(path: string): AsyncIterable<ArrowTable> {
  const handle = await open(path)
  try {
    const reader = await (await RecordBatchReader.from(handle)).open()
    const schema = storableSchema(reader.schema)
    let batches: RecordBatch[] = []
    let bytes = 0
    let count = 0
    for await (const batch of reader) {
      // One without rows, which the reader makes of a file without batches, need not be whole.
      if (batch.numRows === 0) continue
      batches.push(storableBatch(batch, schema))
      bytes += batch.data.byteLength
      if (bytes <= BATCH_BYTES) continue
      yield new ArrowTable(batches)
      count++
      batches = []
      bytes = 0
    }
    if (batches.length > 0) yield new ArrowTable(batches)
    else if (count === 0) yield new ArrowTable(schema)
  } finally {
    await handle.close()
  }
}

function parquetBytes(table: ArrowTable): Uint8Array {
  const properties = new WriterPropertiesBuilder().setCompression(Compression.SNAPPY).build()
  return writeParquet(Table.fromIPCStream(tableToIPC(table, 'stream')), properties)
}

/** Converts a Parquet file to an Arrow IPC file, row group by row group. */
export async function arrowOfParquet(from: string, to: string): Promise<void> {
  const parquet = await ParquetFile.fromFile(await openAsBlob(from))
  const groups = parquet.metadata().numRowGroups()
  const fd = openSync(to, 'w')
  try {
    const writer = new RecordBatchFileWriter()
    const written = writeAll(writer, fd)
    for (let i = 0; i < Math.max(groups, 1); i++) {
      const table = await parquet.read(groups === 0 ? {} : { rowGroups: [i] })
      const rows = tableFromIPC(table.intoIPCStream())
      if (rows.batches.length === 0) writer.write(rows)
      for (const batch of rows.batches) writer.write(batch)
    }
    writer.finish()
    await written
  } finally {
    closeSync(fd)
  }
}

async function writeAll(pieces: AsyncIterable<Uint8Array>, fd: number): Promise<void> {
  for await (const piece of pieces) writeFully(fd, piece)
}

function writeWhole(path: string, bytes: Uint8Array): void {
  const fd = openSync(path, 'w')
  try {
    writeFully(fd, bytes)
  } finally {
    closeSync(fd)
  }
}
