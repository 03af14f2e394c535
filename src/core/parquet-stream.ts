/** Writes a Parquet file from Arrow batches, a row group at a time, and syncs it: parquet-wasm with zstd, dictionaries and statistics. */
import { closeSync, fsyncSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { RecordBatch } from 'apache-arrow'
import { openOwn, writeFully } from './fs-durable.js'

export type Arrow = typeof import('apache-arrow')
type ParquetWasm = typeof import('parquet-wasm')

const require = createRequire(import.meta.url)
/** Returns Arrow: its 150 modules in one file, which takes a sixth of the time to load. */
export const loadArrow = (): Arrow => require('apache-arrow/Arrow.es2015.min') as Arrow
/** CommonJS alone loads its own WebAssembly module from the disk. */
const loadWasm = (): ParquetWasm => require('parquet-wasm') as ParquetWasm

/** @param next returns the next batch; one without rows ends the file, whose schema the first batch gives. */
export async function writeParquetFile(
  path: string,
  groupRows: number,
  next: () => RecordBatch
): Promise<void> {
  const [{ Table, tableToIPC }, wasm] = [loadArrow(), loadWasm()]
  let isBegun = false
  const batches = new ReadableStream({
    pull(controller) {
      const batch = next()
      // An empty file has a schema as well, which its one empty batch brings.
      if (batch.numRows === 0 && isBegun) return controller.close()
      isBegun = true
      const table = wasm.Table.fromIPCStream(tableToIPC(new Table([batch]), 'stream'))
      controller.enqueue(table.recordBatch(0))
      table.free()
    }
  })
  const properties = new wasm.WriterPropertiesBuilder()
    .setCompression(wasm.Compression.ZSTD)
    .setMaxRowGroupSize(groupRows)
    .build()
  const fd = openOwn(path, 'replace')
  try {
    const pieces = await wasm.transformParquetStream(batches, properties)
    const reader = pieces.getReader()
    for (let piece = await reader.read(); !piece.done; piece = await reader.read())
      writeFully(fd, piece.value as Uint8Array)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
