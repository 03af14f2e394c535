/** Finds operations on backends in the log and its archives, which are read without a lock. */
import { KitError } from '../core/errors.js'
import { archivesIn, logFolder } from '../wal/layout.js'
import type { OperationRecord } from '../wal/operation-record.js'
import { readArchive } from '../wal/read-archive.js'
import { readOperations } from '../wal/replay.js'

/** Returns the operations that are not archived, in the order in which they were begun. */
export const loggedOperations = (home: string): OperationRecord[] => readOperations(logFolder(home))

/**
 * Yields the archived operations, the archive that was written last first.
 * @throws CORRUPT_FORMAT naming the archive.
 */
export async function* archivedOperations(home: string): AsyncGenerator<OperationRecord[]> {
  const folder = logFolder(home)
  for (const through of archivesIn(folder)) yield await readArchive(folder, through)
}

/** Returns the operation whose id begins with a text. @throws PATH_NOT_FOUND, INVALID_ARGUMENT. */
export async function findOperation(home: string, id: string): Promise<OperationRecord> {
  const logged = only(loggedOperations(home), id)
  if (logged !== undefined) return logged
  for await (const records of archivedOperations(home)) {
    const found = only(records, id)
    if (found !== undefined) return found
  }
  throw new KitError('PATH_NOT_FOUND', `there is no operation ${id}; see \`ipfs-kit wal ls --all\``)
}

function only(records: readonly OperationRecord[], id: string): OperationRecord | undefined {
  const found = records.filter(({ operation_id }) => operation_id.startsWith(id))
  if (found.length > 1)
    throw new KitError('INVALID_ARGUMENT', `${found.length} operations begin with ${id}; give more of it`) // prettier-ignore
  return found[0]
}
