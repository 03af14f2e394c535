/** The list of the archives of a backend, newest first, believed for a moment. */
import type { Clock } from '../../src/core/clock.js'
import type { Cid } from '../../src/core/cid.js'
import { SingleFlight } from '../../src/core/single-flight.js'
import type { CallOptions } from '../facets/call.js'
import type { FileEntry, FileReader } from '../facets/named-files.js'

/** The folders that hold archives, unless a backend has others. */
export const ARCHIVE_FOLDERS: readonly string[] = ['', 'cars']
const SUFFIX = '.car'
const FRESH_MS = 2000

/** Files, which may be counted without being listed. */
interface ListedFiles extends FileReader {
  count?(folder: string, suffix: string, options: CallOptions): Promise<number>
}

export class ArchiveNames {
  readonly #sorted: readonly FileEntry[]
  readonly #byName: ReadonlyMap<string, FileEntry>

  constructor(entries: readonly FileEntry[]) {
    this.#sorted = [...entries].sort(
      (a, b) => (b.modifiedMs ?? 0) - (a.modifiedMs ?? 0) || (a.name < b.name ? -1 : 1)
    )
    this.#byName = new Map(entries.map((entry) => [entry.name, entry]))
  }

  get count(): number {
    return this.#sorted.length
  }

  get(name: string): FileEntry | undefined {
    return this.#byName.get(name)
  }

  /** Yields the names of all of them. */
  all(): Iterable<string> {
    return this.#byName.keys()
  }

  /** Returns the archive that is named for a block, which is its root then. */
  named(cid: Cid): FileEntry | undefined {
    const file = `${cid}${SUFFIX}`
    return this.get(`cars/${file}`) ?? this.get(file)
  }

  /** Yields the archives in the order in which one is likely to have a block. */
  *likely(cid: Cid): Generator<FileEntry, void, undefined> {
    const named = this.named(cid)
    if (named !== undefined) yield named
    for (const entry of this.#sorted) if (entry !== named) yield entry
  }
}

export class ArchiveList {
  readonly #files: ListedFiles
  readonly #clock: Clock
  readonly #folders: readonly string[]
  readonly #listings = new SingleFlight<ArchiveNames>()
  #names: ArchiveNames | undefined
  /** When the list was made, by the count of the clock that never goes back. */
  #listedAt = Number.NEGATIVE_INFINITY

  constructor(files: ListedFiles, clock: Clock, folders = ARCHIVE_FOLDERS) {
    this.#files = files
    this.#folders = folders
    this.#clock = clock
  }

  /** Gives the archives; another object means another listing. */
  async names({ signal }: CallOptions): Promise<ArchiveNames> {
    const isFresh = this.#clock.elapsed() - this.#listedAt < FRESH_MS
    if (this.#names !== undefined && isFresh) return this.#names
    return await this.#listings.run('', signal, (signal) => this.#listed({ signal }))
  }

  async count(options: CallOptions): Promise<number> {
    const files = this.#files
    if (files.count === undefined) return (await this.names(options)).count
    let sum = 0
    for (const folder of this.#folders) sum += await files.count(folder, SUFFIX, options)
    return sum
  }

  /** Lists anew when it is asked next. */
  expire(): void {
    this.#listedAt = Number.NEGATIVE_INFINITY
  }

  async #listed(options: CallOptions): Promise<ArchiveNames> {
    const found: FileEntry[] = []
    for (const folder of this.#folders)
      for await (const entry of this.#files.list(folder, SUFFIX, options)) found.push(entry)
    this.#listedAt = this.#clock.elapsed()
    return (this.#names = new ArchiveNames(found))
  }
}
