/** The archives that were looked into, with their indexes in bounded memory. */
import type { Cid } from '../../src/core/cid.js'
import { isKitError, KitError, toKitError } from '../../src/core/errors.js'
import { SingleFlight } from '../../src/core/single-flight.js'
import type { CallOptions } from '../facets/call.js'
import type { FileEntry, FileReader } from '../facets/named-files.js'
import type { Skipped } from '../skipped.js'
import { ArchiveEnds, MIN_SIZE_FOR_ENDS } from './archive-ends.js'
import type { ArchiveIndex } from './archive-index.js'
import type { ArchiveNames } from './archive-list.js'
import type { KeptIndexes } from './kept-indexes.js'
import { readIndex, scannedIndex } from './read-index.js'

/** Memory for indexes, some 1,300,000 blocks; those that had no block for longest are dropped. */
const MAX_MEMORY = 64 << 20
/** Memory of an archive beside its index. */
const OVERHEAD = 500

export interface OpenArchive {
  readonly entry: FileEntry
  /** Undefined where it cannot be read. */
  readonly index: ArchiveIndex | undefined
  /** The reason why it, or the rest of it, cannot be read. */
  readonly problem: string | undefined
  /** Whether the archive stays so until it is changed. */
  readonly isFinal: boolean
}

export class OpenArchives {
  readonly #files: FileReader
  readonly #skipped: Skipped
  /** By name; the one that had a block last is the last. */
  readonly #open = new Map<string, OpenArchive>()
  readonly #looks = new SingleFlight<OpenArchive>()
  #memory = 0
  /** Where indexes are kept between processes. */
  kept: KeptIndexes | undefined
  /** The archive that had the last block: most likely it has the next one. */
  #last: OpenArchive | undefined
  /** What was read to look into the last archive that was sure to be wanted, until its next block. */
  #ends: { readonly entry: FileEntry; readonly files: FileReader } | undefined

  constructor(files: FileReader, skipped: Skipped) {
    this.#files = files
    this.#skipped = skipped
  }

  /** Returns an open archive; undefined where this version of it was not looked into. */
  get({ name, version }: FileEntry): OpenArchive | undefined {
    const open = this.#open.get(name)
    return open?.entry.version === version ? open : undefined
  }

  /** Returns an open archive that has a block. */
  holding(cid: Cid): OpenArchive | undefined {
    if (this.#last?.index?.place(cid) !== undefined) return this.#last
    for (const open of this.#open.values()) {
      if (open.index?.place(cid) === undefined) continue
      this.#open.delete(open.entry.name)
      this.#open.set(open.entry.name, open)
      return (this.#last = open)
    }
    return undefined
  }

  /** The reason why some open archive cannot be read. */
  problem(): string | undefined {
    for (const { problem } of this.#open.values()) if (problem !== undefined) return problem
    return undefined
  }

  /** Forgets what is gone, has changed, or could not be read, by a new list. */
  async compare(names: ArchiveNames): Promise<void> {
    for (const { entry, isFinal } of this.#open.values())
      if (!isFinal || names.get(entry.name)?.version !== entry.version) this.forget(entry.name)
    await this.kept?.keepOnly(names)
  }

  forget(name: string): void {
    const open = this.#open.get(name)
    if (open === undefined) return
    this.#open.delete(name)
    this.#memory -= weightOf(open)
    if (this.#last === open) this.#last = undefined
  }

  /** Returns what has the ends of an archive that was just looked into, once. */
  takeEnds(entry: FileEntry): FileReader | undefined {
    const ends = this.#ends
    if (ends?.entry.name !== entry.name || ends.entry.version !== entry.version) return undefined
    this.#ends = undefined
    return ends.files
  }

  /**
   * Looks into an archive; callers at one time share that. It may turn out to be unreadable.
   * @param isSure whether it is most likely to have what is wanted, at its beginning.
   */
  look(entry: FileEntry, { signal }: CallOptions, isSure = false): Promise<OpenArchive> {
    return this.#looks.run(`${entry.name}\0${entry.version}`, signal, async (signal) => {
      const open = this.get(entry) ?? (await this.#lookedInto(entry, isSure, { signal }))
      return this.#keep(open)
    })
  }

  async #lookedInto(entry: FileEntry, isSure: boolean, options: CallOptions): Promise<OpenArchive> {
    const { name } = entry
    const warn = (reason: string): void => this.#warnOfIndex(name, reason)
    try {
      const known = await this.kept?.load(entry)
      if (known !== undefined) return opened(entry, { index: known, problem: undefined })
      const files = isSure ? await this.#withEnds(entry, options) : this.#files
      const read = await readIndex(files, entry, warn, options)
      if (read.problem === undefined) await this.kept?.save(entry, read.index)
      return opened(entry, read)
    } catch (error) {
      if (options.signal.aborted || !isKitError(error)) throw error
      const isFinal = error.code === 'CORRUPT_FORMAT'
      return { entry, index: undefined, problem: `${name}: ${error.message}`, isFinal }
    }
  }

  async #withEnds(entry: FileEntry, options: CallOptions): Promise<FileReader> {
    if (entry.size < MIN_SIZE_FOR_ENDS) return this.#files
    const files = await ArchiveEnds.read(this.#files, entry, options)
    this.#ends = { entry, files }
    return files
  }

  #warnOfIndex(name: string, reason: string): void {
    this.#skipped.tell(`the index of ${name} is wrong (${reason})`)
  }

  /** Scans an archive whose index is wrong. */
  async rescan(
    { entry, index }: OpenArchive,
    fault: KitError,
    { signal }: CallOptions
  ): Promise<OpenArchive> {
    // prettier-ignore
    this.#warnOfIndex(entry.name, fault.message)
    return await this.#looks.run(`scan ${entry.name}\0${entry.version}`, signal, async (signal) => {
      const known = this.get(entry)
      if (known?.index?.isScanned === true) return known
      const scanned = await scannedIndex(this.#files, entry.name, index!.payload, { signal })
      if (scanned.problem === undefined) await this.kept?.save(entry, scanned.index)
      return this.#keep(opened(entry, scanned))
    })
  }

  #keep(open: OpenArchive): OpenArchive {
    this.forget(open.entry.name)
    this.#open.set(open.entry.name, open)
    this.#memory += weightOf(open)
    for (const { entry } of this.#open.values()) {
      if (this.#memory <= MAX_MEMORY || entry === open.entry) break
      this.forget(entry.name)
    }
    return open
  }

  clear(): void {
    this.#open.clear()
    this.#ends = undefined
    this.#memory = 0
    this.#last = undefined
  }
}

function opened(
  entry: FileEntry,
  { index, problem }: { readonly index: ArchiveIndex; readonly problem: KitError | undefined }
): OpenArchive {
  const reason = problem === undefined ? undefined : `${entry.name}: ${toKitError(problem).message}`
  return { entry, index, problem: reason, isFinal: true }
}

const weightOf = ({ index }: OpenArchive): number => OVERHEAD + (index?.weight ?? 0)
