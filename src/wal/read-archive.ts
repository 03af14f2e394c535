/** Reads the archives of finished operations. */
import { KitError } from '../core/errors.js'
import { readFileIfAny } from '../core/read-file.js'
import { archivePath } from './layout.js'
import type { OperationRecord } from './operation-record.js'

/** A row as it is read from Parquet: with times and 64-bit numbers of their own. */
interface Row extends Omit<
  OperationRecord,
  'timestamp' | 'updated_at' | 'completed_at' | 'next_retry_at' | 'result'
> {
  readonly timestamp: Date
  readonly updated_at: Date
  readonly completed_at: Date | null
  readonly next_retry_at: Date | null
  readonly result: {
    readonly cid: string | null
    readonly size: bigint | null
    readonly destination: string | null
  } | null
}

/** Returns the operations of an archive in their order. @throws CORRUPT_FORMAT naming the file. */
export async function readArchive(folder: string, through: number): Promise<OperationRecord[]> {
  const path = archivePath(folder, through)
  const bytes = readFileIfAny(path, 'read the archives again')
  if (bytes === undefined) return []
  const { parquetReadObjects } = await import('hyparquet')
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer
  try {
    return ((await parquetReadObjects({ file })) as unknown as Row[]).map(recordOf)
  } catch (cause) {
    const message = `the archive ${path} is damaged; put it back from a backup, or move it away`
    throw new KitError('CORRUPT_FORMAT', message, { cause })
  }
}

const recordOf = (row: Row): OperationRecord => ({
  ...row,
  timestamp: Number(row.timestamp),
  updated_at: Number(row.updated_at),
  completed_at: row.completed_at === null ? null : Number(row.completed_at),
  next_retry_at: row.next_retry_at === null ? null : Number(row.next_retry_at),
  result: row.result && {
    ...row.result,
    size: row.result.size === null ? null : Number(row.result.size)
  }
})
