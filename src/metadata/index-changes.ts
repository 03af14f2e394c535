/** The records that changed since the partitions were written, and those that were removed. */
import type { IndexRecord } from './record.js'
import { decodeRecord, isRemoval } from './row-codec.js'
import { folded, searchedTexts } from './searched-text.js'

interface Changed {
  readonly lsn: number
  /** Its row, or that of a removal. */
  readonly row: Uint8Array
  /** Its folded texts, behind each other, once somebody searched. */
  text?: string
}

export class IndexChanges {
  readonly #changed = new Map<string, Changed>()

  get size(): number {
    return this.#changed.size
  }

  set(cid: string, lsn: number, row: Uint8Array): void {
    this.#changed.set(cid, { lsn, row })
  }

  has(cid: string): boolean {
    return this.#changed.has(cid)
  }

  /** Returns a record; null where it was removed, undefined where it did not change. */
  get(cid: string): IndexRecord | null | undefined {
    const changed = this.#changed.get(cid)
    return changed === undefined ? undefined : recordOf(changed)
  }

  /** CIDs of all of them. */
  cids(): Iterable<string> {
    return this.#changed.keys()
  }

  /** Yields the rows by CID, in no order. */
  *rows(): Iterable<readonly [string, Uint8Array]> {
    for (const [cid, { row }] of this.#changed) yield [cid, row]
  }

  /** Returns what `rows` yields now. */
  snapshot(): ReadonlyMap<string, Uint8Array> {
    return new Map(this.rows())
  }

  /** Yields the records that there are, those alone whose texts have all of some parts. @param parts folded. */
  *records(parts: readonly string[] = []): Iterable<IndexRecord> {
    for (const one of this.#changed.values()) {
      if (parts.length > 0) one.text ??= textsOf(recordOf(one))
      const record = parts.every((part) => one.text!.includes(part)) ? recordOf(one) : null
      if (record !== null) yield record
    }
  }

  /** Forgets those up to an entry of the log, which the partitions have now. */
  drop(lsn: number): void {
    for (const [cid, one] of this.#changed) if (one.lsn <= lsn) this.#changed.delete(cid)
  }
}

const recordOf = ({ row }: Changed): IndexRecord | null =>
  isRemoval(row) ? null : decodeRecord(row)

const textsOf = (record: IndexRecord | null): string =>
  record === null ? '' : [...searchedTexts(record)].map(folded).join('\n')
