/**
 * The metadata index: partitions that are mapped, and the changes that the log holds since. Readers in
 * any process and thread open it; the owner of the home alone changes it.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { KitError } from '../core/errors.js'
import { isSameFile, markOf, type FileMark } from '../core/file-switch.js'
import { makeSubfolder } from '../core/fs-durable.js'
import type { LogEntry } from '../wal/frame.js'
import { METADATA } from '../wal/kinds.js'
import { readIndexParquet } from './adopted.js'
import { compactApart } from './compact-apart.js'
import { compactPartitions, type CompactionTask } from './compaction.js'
import { groupsOf, type ChangedRow } from './compaction-groups.js'
import { IndexFiles, isSamePlaces, MAX_ROWS, type PartitionPlace } from './index-files.js'
import { lsnOf, Partition } from './partition.js'
import { IndexChanges } from './index-changes.js'
import { decodePatch, isForgotten, patched, type IndexPatch } from './patch.js'
import { decodeLastRead, decodeRecord, encodeRecord, encodeRemoval, isRemoval, type LastRead } from './row-codec.js' // prettier-ignore
import type { IndexRecord } from './record.js'

/** Rows from which partitions are written by a thread of their own. */
const LARGE = 20_000
/** How often a reader begins again because the owner replaces partitions meanwhile. */
const ATTEMPTS = 100
const PAUSE_MS = 20

export interface OpenIndex {
  readonly folder: string
  /** Whether this process owns the home. */
  readonly repairs: boolean
  /** Returns the entries of the log from an LSN on. */
  readonly read: (from: number) => Iterable<LogEntry>
  /** Most rows of a partition. */
  readonly maxRows?: number
}

/** A partition that this program did not write last, and what identifies its file. */
interface Adopted extends PartitionPlace {
  readonly mark: FileMark | undefined
}

function isCurrent(one: Partition | Adopted): boolean {
  if (one instanceof Partition) return one.isCurrent
  return one.mark !== undefined && isSameFile(markOf(one.paths.parquet), one.mark)
}

export class MetadataIndex {
  readonly files: IndexFiles
  readonly #maxRows: number
  #partitions: readonly Partition[]
  readonly #changes = new IndexChanges()
  /** Partitions that this program did not write last: their records are among the changes. */
  #adopted: readonly Adopted[] = []
  /** The last entry of the log that was in them before. */
  #adoptedLsn = 0
  #lsn: number
  #compaction: Promise<void> | undefined

  private constructor(files: IndexFiles, partitions: readonly Partition[], maxRows: number) {
    this.files = files
    this.#partitions = partitions
    this.#maxRows = maxRows
    this.#lsn = this.baseLsn
  }

  /** @throws CORRUPT_FORMAT where a partition or the log is damaged, naming the file. */
  static async open(options: OpenIndex): Promise<MetadataIndex> {
    const files = new IndexFiles(options.folder)
    if (options.repairs) files.recover()
    for (let attempt = 1; ; attempt++) {
      const index = await MetadataIndex.#tryOpen(files, options)
      if (index !== undefined) return index
      if (attempt === ATTEMPTS)
        throw new KitError('STALE', `${files.folder} is being replaced all the time; try again`)
      await delay(PAUSE_MS)
    }
  }

  /** Returns undefined where the owner replaces partitions meanwhile. */
  static async #tryOpen(
    files: IndexFiles,
    { repairs, read, maxRows = MAX_ROWS }: OpenIndex
  ): Promise<MetadataIndex | undefined> {
    const places = files.places()
    const marks = places.map(({ paths }) => markOf(paths.parquet))
    const opened = places.map(({ number, paths }) => Partition.open(number, paths))
    const partitions = opened
      .filter((one) => one !== undefined)
      .sort((a, b) => Buffer.compare(a.firstKey, b.firstKey))
    const index = new MetadataIndex(files, partitions, maxRows)
    const adopted = places.flatMap((place, i) => (opened[i] === undefined ? [{ ...place, mark: marks[i] }] : [])) // prettier-ignore
    const isSame = (): boolean =>
      isSamePlaces(files.places(), places) && [...partitions, ...adopted].every(isCurrent)
    try {
      await index.#adopt(adopted)
      index.replay(read(index.baseLsn + 1))
      if (repairs || isSame()) return index
    } catch (error) {
      index.close()
      if (repairs || isSame()) throw error
      return undefined
    }
    index.close()
    return undefined
  }

  async #adopt(adopted: readonly Adopted[]): Promise<void> {
    for (const { paths } of adopted) {
      this.#adoptedLsn = Math.max(this.#adoptedLsn, lsnOf(paths.table))
      for await (const record of readIndexParquet(paths.parquet))
        this.#changes.set(record.cid, 0, encodeRecord(record))
    }
    this.#lsn = this.baseLsn
    this.#adopted = adopted
  }

  /** The last entry of the log that the partitions hold. */
  get baseLsn(): number {
    return Math.max(this.#adoptedLsn, ...this.#partitions.map(({ lsn }) => lsn))
  }

  /** The last entry of the log that was applied. */
  get lsn(): number {
    return this.#lsn
  }

  /** Changes that the partitions do not hold yet. */
  get pending(): number {
    return this.#changes.size
  }

  get partitions(): readonly Partition[] {
    return this.#partitions
  }

  /** Rows of the partitions; with `pending`, an upper bound of all. */
  get tableRows(): number {
    return this.#partitions.reduce((sum, { count }) => sum + count, 0)
  }

  /** Whether the files are those that it was opened with. */
  get isCurrent(): boolean {
    const known = [...this.#partitions, ...this.#adopted].sort((a, b) => a.number - b.number)
    return isSamePlaces(this.files.places(), known) && known.every(isCurrent)
  }

  /** Applies entries of the log that follow. Doing so twice changes nothing. */
  replay(entries: Iterable<LogEntry>): void {
    for (const { lsn, kind, payload } of entries)
      if (kind === METADATA) this.apply(lsn, decodePatch(payload))
  }

  apply(lsn: number, patch: IndexPatch): void {
    if (lsn <= this.#lsn) return
    this.#lsn = lsn
    const before = this.get(patch.cid)
    if (before === undefined && patch.only_known === true) return
    const after = patched(before, patch)
    const isGone = isForgotten(after, patch)
    this.#changes.set(patch.cid, lsn, isGone ? encodeRemoval(patch.cid) : encodeRecord(after))
  }

  get(cid: string): IndexRecord | undefined {
    const changed = this.#changes.get(cid)
    return changed === undefined ? this.before(cid) : (changed ?? undefined)
  }

  /** Returns a record as the partitions have it. */
  before(cid: string): IndexRecord | undefined {
    const key = Buffer.from(cid)
    return this.#partitions[this.#placeOf(key)]?.find(key)
  }

  /** Returns the place of the partition that has a key, if one has. */
  #placeOf(key: Uint8Array): number {
    let place = 0
    while (
      place + 1 < this.#partitions.length &&
      Buffer.compare(this.#partitions[place + 1]!.firstKey, key) <= 0
    )
      place++
    return place
  }

  /** Returns whether a record of a partition was changed or removed since. */
  isChanged(cid: string): boolean {
    return this.#changes.has(cid)
  }

  /** CIDs of the records that changed or were removed since the partitions were written. */
  changedCids(): Iterable<string> {
    return this.#changes.cids()
  }

  /** Yields the records that changed since then, in no order. @param parts folded, which the texts of each have. */
  changed(parts: readonly string[] = []): Iterable<IndexRecord> {
    return this.#changes.records(parts)
  }

  /**
   * Yields all records as they are when it begins: those of the partitions in the order of their CIDs, then
   * what changed since. Whoever lets other work have its turn meanwhile is not met by new partitions.
   */
  all(): Iterable<IndexRecord> {
    return this.#each(decodeRecord)
  }

  /** As `all`, when each was read last alone, which is quicker. */
  lastReads(): Iterable<LastRead> {
    return this.#each(decodeLastRead)
  }

  *#each<T extends LastRead>(decode: (bytes: Uint8Array, at?: number) => T): Iterable<T> {
    const partitions = this.#partitions
    const changes = this.#changes.snapshot()
    for (const { table } of partitions) table.hold()
    try {
      for (const partition of partitions)
        for (let row = 0; row < partition.count; row++) {
          const record = partition.decoded(row, decode)
          if (!changes.has(record.cid)) yield record
        }
      for (const row of changes.values()) if (!isRemoval(row)) yield decode(row)
    } finally {
      for (const { table } of partitions) table.release()
    }
  }

  /** Writes the partitions with all changes up to now; changes that come meanwhile are kept. */
  compact(): Promise<void> {
    this.#compaction ??= this.#compact().finally(() => {
      this.#compaction = undefined
    })
    return this.#compaction
  }

  async #compact(): Promise<void> {
    if (this.#changes.size === 0) return
    makeSubfolder(this.files.folder)
    const task = this.#task()
    const total = task.groups.reduce((sum, { rows, outputs }) => sum + rows * outputs.length, 0)
    if (total < LARGE) await compactPartitions(task)
    else await compactApart(task)
    this.#switchTo(task)
  }

  #task(): CompactionTask {
    const used = new Set(this.#partitions.map(({ number }) => number))
    let next = 0
    const free = (): number => {
      while (used.has(next)) next++
      used.add(next)
      return next
    }
    const groups = groupsOf(this.#grouped(), this.#partitions, this.#maxRows, free)
    return { folder: this.files.folder, groups, lsn: this.#lsn }
  }

  /** Returns the changes of each partition, by its place, sorted by CID. */
  #grouped(): Map<number, ChangedRow[]> {
    const groups = new Map<number, ChangedRow[]>()
    for (const [cid, row] of this.#changes.rows()) {
      const key = Buffer.from(cid)
      const place = this.#placeOf(key)
      const group = groups.get(place)
      if (group === undefined) groups.set(place, [{ key, row }])
      else group.push({ key, row })
    }
    for (const group of groups.values()) group.sort((a, b) => Buffer.compare(a.key, b.key))
    return groups
  }

  #switchTo({ groups, lsn }: CompactionTask): void {
    const written = groups.flatMap(({ outputs }) => outputs)
    const replaced = groups.flatMap(({ base }) => base ?? [])
    // Before what the log has of them counts as written.
    for (const number of replaced) if (!written.includes(number)) this.files.remove(number)
    const taken = this.#adopted.map(({ number }) => number)
    this.files.switchOver(written, taken.filter((number) => !written.includes(number))) // prettier-ignore
    this.#adopted = []
    const kept = this.#partitions.filter(({ number }) => !written.includes(number) && !replaced.includes(number)) // prettier-ignore
    const opened = written.map((number) => {
      const partition = Partition.open(number, this.files.paths(number))
      if (partition !== undefined) return partition
      throw new KitError(
        'STALE',
        `${this.files.paths(number).parquet} was replaced by somebody else`
      )
    })
    for (const one of this.#partitions) if (!kept.includes(one)) one.close()
    this.#partitions = [...kept, ...opened].sort((a, b) => Buffer.compare(a.firstKey, b.firstKey))
    this.#changes.drop(lsn)
  }

  close(): void {
    for (const partition of this.#partitions) partition.close()
    this.#partitions = []
  }
}
