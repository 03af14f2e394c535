/** Plans which partitions changes are written to. */
import type { CompactionGroup } from './compaction.js'
import type { Partition } from './partition.js'
import { isRemoval } from './row-codec.js'

/** A record that changed or was removed, by its key. */
export interface ChangedRow {
  readonly key: Uint8Array
  readonly row: Uint8Array
}

/**
 * @param grouped the changes of each partition, by its place, sorted by key.
 * @param free returns a number that no partition has.
 */
export function groupsOf(
  grouped: ReadonlyMap<number, readonly ChangedRow[]>,
  partitions: readonly Partition[],
  maxRows: number,
  free: () => number
): CompactionGroup[] {
  return [...grouped].map(([place, rows]) => {
    const base = partitions[place]
    const count = rows.reduce((sum, row) => sum + growth(base, row), base?.count ?? 0)
    const parts = Math.ceil(count / maxRows)
    const first = base?.number
    const outputs = Array.from({ length: parts }, (_, i) => (i === 0 ? (first ?? free()) : free()))
    const changes = Buffer.concat(rows.map(({ row }) => row))
    // Without rows it becomes none.
    return { base: first ?? null, changes, rows: Math.ceil(count / Math.max(1, parts)), outputs }
  })
}

/** Returns by how many rows a change makes a partition longer. */
function growth(base: Partition | undefined, { key, row }: ChangedRow): number {
  const isThere = base?.table.get(key) !== undefined
  return Number(!isRemoval(row)) - Number(isThere)
}
