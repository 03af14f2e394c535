/** The records that other nodes get, without what concerns this machine alone, and what they can be checked by. */
import { KitError } from '../core/errors.js'
import { FOREIGN_GROUP_BYTES } from '../core/read-parquet.js'
import { readIndexParquet } from './adopted.js'
import { checkClaim } from './checked-patch.js'
import { saidOf, stampOf, type Claim } from './claim.js'
import type { Partition } from './partition.js'
import { isBefore, type PartitionStatistics } from './publication.js'
import type { IndexRecord } from './record.js'
import { COLUMN_NAMES } from './schema.js'

/** Yields the records of a partition as other nodes get them. @param ownOnly leaves out what other nodes said. */
export function* publishedRecords(
  partition: Partition,
  node: string,
  ownOnly: boolean
): Iterable<IndexRecord> {
  for (let row = 0; row < partition.count; row++) {
    const record = partition.record(row)
    if (!ownOnly || record.node === null) yield published(record, node)
  }
}

const NOTHING = Object.fromEntries(COLUMN_NAMES.map((name) => [name, null]))

function published(record: IndexRecord, node: string): IndexRecord {
  const { cid, cid_version, multihash_type } = record
  return {
    ...(NOTHING as unknown as IndexRecord),
    ...saidOf(record),
    cid,
    cid_version,
    multihash_type,
    updated_at: stampOf(record),
    node: record.node ?? node
  }
}

/** Collects what a partition is checked by, from its records in their order. */
export class StatisticsOfRows {
  #rows = 0
  #min = ''
  #max = ''
  #oldest = Infinity
  #newest = -Infinity
  #bytes = 0

  /** @throws Error where the records are not sorted. */
  push(record: IndexRecord): void {
    if (this.#rows === 0) this.#min = record.cid
    else if (!isBefore(this.#max, record.cid))
      throw new Error('its records are not sorted by their CIDs')
    this.#rows++
    this.#max = record.cid
    this.#oldest = Math.min(this.#oldest, stampOf(record))
    this.#newest = Math.max(this.#newest, stampOf(record))
    this.#bytes = Math.min(this.#bytes + (record.size_bytes ?? 0), Number.MAX_SAFE_INTEGER)
  }

  /** Undefined where there was no record. */
  get found(): PartitionStatistics | undefined {
    if (this.#rows === 0) return undefined
    return {
      rows: this.#rows,
      min: this.#min,
      max: this.#max,
      oldest: this.#oldest,
      newest: this.#newest,
      content_bytes: this.#bytes
    }
  }
}

/** How far the clock of another node may be ahead: a record of the far future could never be replaced. */
const AHEAD_MS = 24 * 3_600_000

/** A record of another node. */
export interface ForeignRecord {
  readonly cid: string
  readonly claim: Claim
}

/** Yields what the records of a file say. @throws CORRUPT_FORMAT, INVALID_ARGUMENT for a record of another shape. */
export async function* claimsOf(path: string, self: string): AsyncGenerator<ForeignRecord> {
  for await (const record of readIndexParquet(path, FOREIGN_GROUP_BYTES)) {
    const said = saidOf(record)
    const claim = { updated_at: stampOf(record), node: record.node ?? '', self, said }
    checkClaim(claim, `the record of ${record.cid}`)
    yield { cid: record.cid, claim }
  }
}

/**
 * Reads a file from end to end and compares it with what was said of it.
 * @throws INTEGRITY saying what differs; CORRUPT_FORMAT.
 */
export async function checkPartition(
  path: string,
  wanted: PartitionStatistics,
  now: number
): Promise<void> {
  const found = new StatisticsOfRows()
  try {
    for await (const record of readIndexParquet(path, FOREIGN_GROUP_BYTES)) {
      found.push(record)
      const claim = { updated_at: stampOf(record), node: record.node ?? '', self: record.node ?? '', said: saidOf(record) } // prettier-ignore
      checkClaim(claim, `the record of ${record.cid}`)
      if (stampOf(record) > now + AHEAD_MS) throw new Error(`the record of ${record.cid} is of ${new Date(stampOf(record)).toISOString()}, which is still to come`) // prettier-ignore
    }
  } catch (error) {
    throw new KitError('INTEGRITY', `its file cannot be used: ${(error as Error).message}`, { cause: error }) // prettier-ignore
  }
  const statistics = found.found
  for (const name of ['rows', 'min', 'max', 'oldest', 'newest', 'content_bytes'] as const)
    if (statistics?.[name] !== wanted[name])
      throw new KitError('INTEGRITY', `its file says ${name} ${statistics?.[name]}, its index ${wanted[name]}`) // prettier-ignore
}
