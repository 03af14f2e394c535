/** Changes the index durably: by the log first, then in memory, and in its partitions some time later. */
import { METADATA } from '../wal/kinds.js'
import type { WriteAheadLog } from '../wal/log.js'
import { MetadataIndex } from './metadata-index.js'
import { encodePatch, type IndexPatch } from './patch.js'

/** The name under which the log keeps entries for us. */
const HOLDER = 'index'
/**
 * Changes from which partitions are written before a command ends, and the share of all rows that they
 * must be: until then a reader of the Parquet files sees an older state of them.
 */
const FEW = 1000
const SHARE = 1 / 20
const MANY = 50_000

export class IndexLog {
  readonly index: MetadataIndex
  readonly #wal: WriteAheadLog

  private constructor(wal: WriteAheadLog, index: MetadataIndex) {
    this.#wal = wal
    this.index = index
  }

  static async open(folder: string, wal: WriteAheadLog): Promise<IndexLog> {
    const read = (from: number) => wal.read(from)
    const index = await MetadataIndex.open({ folder, repairs: true, read })
    const log = new IndexLog(wal, index)
    log.#hold()
    return log
  }

  /** Changes records, in order; resolves when that is durable. @returns the LSN of the last change. */
  async change(patches: readonly IndexPatch[]): Promise<number> {
    if (patches.length === 0) return this.index.lsn
    const entries = patches.map((patch) => ({ kind: METADATA, payload: encodePatch(patch) }))
    const last = await this.#wal.appendAll(entries)
    const first = last - patches.length + 1
    patches.forEach((patch, i) => this.index.apply(first + i, patch))
    return last
  }

  /** Whether so many changes wait that whoever opens the index would be kept waiting by them. */
  get isDue(): boolean {
    const { pending, tableRows } = this.index
    return pending >= Math.min(Math.max(FEW, tableRows * SHARE), MANY)
  }

  /** Writes the partitions where many changes wait. */
  async settle(): Promise<void> {
    if (this.isDue) await this.compact()
  }

  /** Writes the partitions with all changes. */
  async compact(): Promise<void> {
    if (this.index.pending === 0) return
    await this.index.compact()
    this.#hold()
  }

  /** Tells the log from which entry on the partitions lack something. */
  #hold(): void {
    const { baseLsn, lsn, pending } = this.index
    this.#wal.hold(HOLDER, (pending > 0 ? baseLsn : lsn) + 1)
  }

  close(): void {
    this.index.close()
  }
}
