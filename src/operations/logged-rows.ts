/** Rows of the mappings of a backend with what the log holds beyond its files. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { backendIds } from '../../backends/configured.js'
import { ifPresent } from '../core/fs-durable.js'
import { decodeChange, isChangeOf } from '../pins/mapping-change.js'
import type { Row } from '../pins/mapping.js'
import { PairFiles } from '../pins/pair-files.js'
import { Table } from '../pins/table.js'
import { MAPPING } from '../wal/kinds.js'
import { logFolder } from '../wal/layout.js'
import { readLog } from '../wal/read-log.js'

export interface LoggedRows {
  /** Sorted by CID. */
  readonly rows: readonly Row[]
  /** The last entry of the log that they hold; 0 where there is none. */
  readonly lsn: number
}

/**
 * Returns the rows of the files of a backend with the changes that came since, as opening its mappings does.
 * @throws CORRUPT_FORMAT for a damaged log.
 */
export function loggedRows(home: string, name: string, rows: readonly Row[]): LoggedRows {
  const folder = logFolder(home)
  if (ifPresent(() => statSync(folder)) === undefined) return { rows, lsn: 0 }
  const since = tableLsn(new PairFiles(join(home, 'backends', name)))
  const id = backendIds(home).find((backend) => backend.name === name)?.id ?? null
  const known = new Map(rows.map((row) => [row.cid, row]))
  let last = 0
  for (const { lsn, kind, payload } of readLog(folder, 0)) {
    last = lsn
    if (kind !== MAPPING || lsn <= since) continue
    const change = decodeChange(payload)
    const { backend, cid, row } = change
    if (backend !== name || !isChangeOf(change, id)) continue
    if (row === null) known.delete(cid)
    else known.set(cid, row)
  }
  return { rows: [...known.values()].sort(byCid), lsn: last }
}

const byCid = (a: Row, b: Row): number => Buffer.compare(Buffer.from(a.cid), Buffer.from(b.cid))

/** Returns the last entry of the log that the files hold. */
function tableLsn(files: PairFiles): number {
  const table = Table.open(files.current(files.table))
  try {
    return table?.marks.lsn ?? 0
  } finally {
    table?.close()
  }
}
