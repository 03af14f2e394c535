/**
 * The metadata index with a million records and with ten million: what one operation takes must hardly grow with their
 * number, and what looks at all of them no more than they do.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../src/core/clock.js'
import { compactPartitions } from '../src/metadata/compaction.js'
import { IndexFiles, MAX_ROWS } from '../src/metadata/index-files.js'
import { IndexLog } from '../src/metadata/index-log.js'
import { patched } from '../src/metadata/patch.js'
import { encodeRecord } from '../src/metadata/row-codec.js'
import { WriteAheadLog } from '../src/wal/log.js'
import { MadePins } from './made-pins.js'
import { LOOKUP, measureIndex, patchOf, UPSERT, type CidOf } from './metadata.js'
import type { Row, Target } from './report.js'
import type { Scale } from './scale.js'

const WRITING = 'writing the partitions, of each record'
/** Columns by number of records; those of DuckDB alone stand beside them. */
const columnOf = (count: number): string => `${count.toLocaleString('en')} records`
const PEER = 'duckdb'

export async function hugeMetadata(scratch: string, { pins, hugePins }: Scale): Promise<Row[]> {
  const rows = new Map<string, { readonly unit: Row['unit']; readonly values: Map<string, readonly number[]> }>() // prettier-ignore
  for (const count of [pins, hugePins]) {
    const folder = join(scratch, String(count))
    mkdirSync(join(folder, 'index'), { recursive: true })
    const made = new MadePins('', count)
    const cidOf: CidOf = (i) => made.cid(i)
    const note = (
      what: string,
      unit: Row['unit'],
      values: Readonly<Record<string, readonly number[]>>
    ): void => {
      // prettier-ignore
      const row = rows.get(what) ?? { unit, values: new Map<string, readonly number[]>() }
      for (const [who, found] of Object.entries(values))
        row.values.set(who === PEER ? `${PEER}, ${columnOf(count)}` : columnOf(count), found)
      rows.set(what, row)
    }
    const began = performance.now()
    await writePartitions(join(folder, 'index'), count, cidOf)
    note(WRITING, 'µs', { ours: [((performance.now() - began) * 1000) / count] })
    const wal = await WriteAheadLog.open(join(folder, 'wal'), { clock: systemClock, log: { warn: console.error } }) // prettier-ignore
    const log = await IndexLog.open(join(folder, 'index'), wal)
    await measureIndex(folder, log, { count, cidOf }, note)
    log.close()
    await wal.close()
  }
  return [...rows].map(([what, { unit, values }]) => ({ what, unit, values }))
}

/** Writes each partition in one pass, as a compaction does. */
async function writePartitions(folder: string, count: number, cidOf: CidOf): Promise<void> {
  const files = new IndexFiles(folder)
  for (let from = 0; from < count; from += MAX_ROWS) {
    const rows = Math.min(MAX_ROWS, count - from)
    const changes = Buffer.concat(
      Array.from({ length: rows }, (_, i) =>
        encodeRecord(patched(undefined, patchOf(from + i, cidOf(from + i))))
      )
    )
    const outputs = [from / MAX_ROWS]
    await compactPartitions({ folder, groups: [{ base: null, changes, rows, outputs }], lsn: 0 })
    files.switchOver(outputs)
  }
}

const [FEW, MANY] = [columnOf(1_000_000), columnOf(10_000_000)]
/** Growth of one operation, and of what looks at ten times as many. */
const grows = (what: string): Target => ({ what, ours: MANY, against: FEW, factor: 1 / 1.2 })
const withThem = (what: string): Target => ({ what, ours: MANY, against: FEW, factor: 1 / 12 })
const SCANS = [
  "count where mime_type == 'application/pdf' and size_bytes > 9000000 and pinned",
  "count where 'river' in tags",
  "count where properties.sensor == '7' and created_at > 2023-12-01"
]

export const hugeMetadataTargets: readonly Target[] = [
  ...[LOOKUP, UPSERT, WRITING].map(grows),
  ...['search, hit', 'search, miss of common words', ...SCANS].map(withThem),
  ...SCANS.map((what) => ({ what, ours: MANY, against: `${PEER}, ${MANY}`, factor: 1 / 1.5 }))
]
