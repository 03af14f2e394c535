/**
 * The CAR files of a backend as one store of blocks: `*.car` at the top and in `cars/`. An archive is
 * looked into when a block is wanted that those before it do not have: first the one that is named
 * for the block, then the newest.
 */
import { systemClock, type Clock } from '../../src/core/clock.js'
import type { Cid } from '../../src/core/cid.js'
import { isKitError, KitError } from '../../src/core/errors.js'
import type { CallOptions } from '../facets/call.js'
import type { FileEntry, FileReader } from '../facets/named-files.js'
import { Skipped } from '../skipped.js'
import { ArchiveList } from './archive-list.js'
import type { KeptIndexes } from './kept-indexes.js'
import { OpenArchives, type OpenArchive } from './open-archives.js'
import { readSection } from './read-section.js'

/** Archives that one search looks into at a time. */
const AT_ONCE = 8

export interface ArchivesTools {
  readonly clock?: Clock | undefined
  readonly skipped?: Skipped
  /** The folders that hold archives. */
  readonly folders?: readonly string[] | undefined
}

export class Archives {
  readonly #files: FileReader
  readonly #list: ArchiveList
  readonly #open: OpenArchives
  /** The list that the open archives were compared with. */
  #compared: object | undefined

  constructor(
    files: FileReader,
    { clock = systemClock, skipped = new Skipped(''), folders }: ArchivesTools = {}
  ) {
    this.#files = files
    this.#list = new ArchiveList(files, clock, folders)
    this.#open = new OpenArchives(files, skipped)
  }

  /** Keeps indexes between processes. */
  keepIn(kept: KeptIndexes): void {
    this.#open.kept = kept
  }

  /** Counts the archives, without looking into them. */
  async count(options: CallOptions): Promise<number> {
    return await this.#list.count(options)
  }

  /**
   * Gives the verified block of a CID from what was looked into already; undefined where that lacks
   * it. @throws INTEGRITY.
   */
  async known(cid: Cid, options: CallOptions): Promise<Uint8Array | undefined> {
    const open = this.#open.holding(cid)
    return open === undefined ? undefined : await this.blockIn(open, cid, options)
  }

  /**
   * Gives the verified block of a CID, looking into archives until one has it; undefined where none
   * has.
   * @throws BACKEND_UNAVAILABLE where an archive that cannot be read may have it; INTEGRITY where all
   *   copies of it are damaged.
   */
  async search(cid: Cid, options: CallOptions): Promise<Uint8Array | undefined> {
    let damage: unknown
    for await (const open of this.#holders(cid, options))
      try {
        const block = await this.blockIn(open, cid, options)
        if (block !== undefined) return block
      } catch (error) {
        if (!isKitError(error, 'INTEGRITY')) throw error
        damage = error
      }
    if (damage !== undefined) throw damage
    return undefined
  }

  /** Returns an archive that was looked into and has a block. */
  knownArchive(cid: Cid): OpenArchive | undefined {
    return this.#open.holding(cid)
  }

  /** Yields the archives that have a block as they are found, looking into several at a time. */
  async *#holders(cid: Cid, options: CallOptions): AsyncGenerator<OpenArchive, void, undefined> {
    const names = await this.#list.names(options)
    if (this.#compared !== names) await this.#open.compare((this.#compared = names))
    // Looks that are under way when the block is found go on: the next block may lie there.
    const named = names.named(cid)
    const looks = new Looks((entry) => this.#open.look(entry, options, entry === named))
    for (const entry of names.likely(cid)) {
      const open = this.#open.get(entry) ?? (await looks.add(entry))
      if (open?.index?.place(cid) !== undefined) yield open
    }
    for (let open = await looks.next(); open !== undefined; open = await looks.next())
      if (open.index?.place(cid) !== undefined) yield open
    const problem = this.#open.problem()
    if (problem !== undefined) throw new KitError('BACKEND_UNAVAILABLE', `who knows: ${problem}`)
  }

  /**
   * Gives the verified block of a CID out of an archive that has it; undefined where the archive was
   * changed meanwhile. A wrong index is ignored from then on, and the archive scanned.
   * @throws INTEGRITY.
   */
  async blockIn(
    open: OpenArchive,
    cid: Cid,
    options: CallOptions
  ): Promise<Uint8Array | undefined> {
    const place = open.index?.place(cid)
    if (place === undefined) return undefined
    const { entry } = open
    try {
      const files = this.#open.takeEnds(entry) ?? this.#files
      return await readSection(files, entry.name, cid, place, options)
    } catch (error) {
      if (isKitError(error, 'PATH_NOT_FOUND')) return this.#forget(entry)
      if (!isKitError(error, 'CORRUPT_FORMAT') && !isKitError(error, 'INTEGRITY')) throw error
      const now = await this.#files.stat(entry.name, options)
      if (now?.version !== entry.version) return this.#forget(entry)
      if (error.code === 'CORRUPT_FORMAT' && open.index?.isScanned === false)
        return await this.blockIn(await this.#open.rescan(open, error, options), cid, options)
      throw new KitError('INTEGRITY', error.message, { cause: error })
    }
  }

  #forget({ name }: FileEntry): undefined {
    this.#open.forget(name)
    this.#list.expire()
    return undefined
  }

  close(): void {
    this.#open.clear()
  }
}

/** Looks into archives, several at a time, and gives them in the order in which that is done. */
class Looks {
  readonly #look: (entry: FileEntry) => Promise<OpenArchive>
  readonly #done: OpenArchive[] = []
  readonly #underWay: Set<Promise<void>> = new Set()
  #failure: { readonly error: unknown } | undefined

  constructor(look: (entry: FileEntry) => Promise<OpenArchive>) {
    this.#look = look
  }

  /** Begins to look into one more. @returns one that is done, if any; waits for it where many are under way. */
  async add(entry: FileEntry): Promise<OpenArchive | undefined> {
    const underWay = this.#run(entry)
    this.#underWay.add(underWay)
    void underWay.finally(() => this.#underWay.delete(underWay))
    return this.#underWay.size < AT_ONCE ? this.#done.shift() : await this.next()
  }

  /** Never throws. */
  async #run(entry: FileEntry): Promise<void> {
    try {
      this.#done.push(await this.#look(entry))
    } catch (error) {
      this.#failure ??= { error }
    }
  }

  /** Gives the next one that is done; undefined where none is left. @throws the signal's reason. */
  async next(): Promise<OpenArchive | undefined> {
    while (this.#done.length === 0 && this.#underWay.size > 0) await Promise.race(this.#underWay)
    if (this.#failure !== undefined) throw this.#failure.error
    return this.#done.shift()
  }
}
