/**
 * The CAR files of a backend as one store of blocks: `*.car` at the top and in `cars/`. Each is
 * scanned once, when a block is asked for first, and again when the file has changed.
 */
import { abortion } from '../../src/core/abort.js'
import { systemClock, type Clock } from '../../src/core/clock.js'
import type { Cid } from '../../src/core/cid.js'
import { isKitError, KitError } from '../../src/core/errors.js'
import type { CallOptions } from '../facets/call.js'
import type { FileEntry, FileReader } from '../facets/named-files.js'
import { placeKey, scanCar, type BlockPlace, type BlockPlaces } from './car-scan.js'
import { readRange } from './read-range.js'

const FOLDERS = ['', 'cars'] as const
const SUFFIX = '.car'
/** The version of an archive whose reading failed: no file has it. */
const UNREAD = ''
/** The list of archives is believed for so long. */
const FRESH_MS = 2000

interface Archive {
  readonly version: string
  readonly places: BlockPlaces
  /** The reason why the rest of it cannot be read. */
  readonly problem: string | undefined
}

/** A look at the folder: it is quick to list, and may take long to scan. */
interface Look {
  readonly listed: Promise<unknown>
  readonly scanned: Promise<unknown>
}

const DONE: Promise<void> = Promise.resolve()

/** Waits for what serves many callers, of whom any may leave. @throws the signal's reason. */
async function unlessAborted(shared: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const { aborted, end } = abortion(signal)
  try {
    await Promise.race([shared, aborted])
  } finally {
    end()
  }
}

export class Archives {
  readonly #files: FileReader
  readonly #clock: Clock
  readonly #archives = new Map<string, Archive>()
  /** When the list was made, by the count of the clock that never goes back. */
  #seenAt = Number.NEGATIVE_INFINITY
  #looking: Look | undefined
  /** Ends a scan that is under way: it serves many callers, of whom any may leave. */
  readonly #end = new AbortController()

  constructor(files: FileReader, clock: Clock = systemClock) {
    this.#files = files
    this.#clock = clock
  }

  /** Counts the archives, damaged ones among them. */
  async count(): Promise<number> {
    await this.#look().scanned
    return this.#archives.size
  }

  #isFresh(): boolean {
    return this.#clock.elapsed() - this.#seenAt < FRESH_MS
  }

  /**
   * Gives the bytes under a multihash; undefined where no archive has it.
   * @throws BACKEND_UNAVAILABLE where an archive that cannot be read may have it.
   */
  async get(cid: Cid, options: CallOptions): Promise<Uint8Array | undefined> {
    const { listed, scanned } = this.#look()
    await unlessAborted(listed, options.signal)
    const known = await this.#known(cid, options)
    if (known !== undefined) return known
    // A long scan holds up those alone whose block may lie in what is not scanned yet.
    await unlessAborted(scanned, options.signal)
    const block = await this.#known(cid, options)
    if (block !== undefined) return block
    for (const { problem } of this.#archives.values())
      if (problem !== undefined) throw new KitError('BACKEND_UNAVAILABLE', `who knows: ${problem}`)
    return undefined
  }

  /** Gives the bytes under a multihash from what is scanned already. */
  async #known(cid: Cid, options: CallOptions): Promise<Uint8Array | undefined> {
    const key = placeKey(cid)
    for (const [name, { places }] of this.#archives) {
      const place = places.get(key)
      if (place === undefined) continue
      const block = await this.#read(name, place, options)
      if (block !== undefined) return block
    }
    return undefined
  }

  /** Reads a block; undefined where its archive was removed since it was scanned. */
  async #read(
    name: string,
    place: BlockPlace,
    options: CallOptions
  ): Promise<Uint8Array | undefined> {
    try {
      const block = await readRange(this.#files, name, place, place.length, options)
      if (block.length === place.length) return block
    } catch (error) {
      if (!isKitError(error, 'PATH_NOT_FOUND')) throw error
      this.#archives.delete(name)
      return undefined
    }
    throw new KitError('INTEGRITY', `${name} is cut short at offset ${place.position}`)
  }

  /** Takes up what has changed; one look serves all who ask meanwhile. */
  #look(): Look {
    if (this.#looking !== undefined) return this.#looking
    if (this.#isFresh()) return { listed: DONE, scanned: DONE }
    const listed = this.#forgetChanged()
    const scanned = listed.then((entries) => this.#scanNew(entries)).finally(() => (this.#looking = undefined)) // prettier-ignore
    // Who asks may have left before it fails.
    scanned.catch(() => undefined)
    this.#looking = { listed, scanned }
    return this.#looking
  }

  /** Lists the archives, and forgets those that are gone or have changed. */
  async #forgetChanged(): Promise<FileEntry[]> {
    const entries = await this.#listed()
    const versions = new Map(entries.map(({ name, version }) => [name, version]))
    for (const [name, { version }] of this.#archives)
      if (versions.get(name) !== version) this.#archives.delete(name)
    return entries
  }

  async #scanNew(entries: readonly FileEntry[]): Promise<void> {
    for (const entry of entries)
      if (!this.#archives.has(entry.name))
        this.#archives.set(entry.name, await this.#scanned(entry))
    this.#seenAt = this.#clock.elapsed()
  }

  /** Scans one archive. Damage leaves usable what stands before it, and the other archives. */
  async #scanned(entry: FileEntry): Promise<Archive> {
    const places: BlockPlaces = new Map()
    const { version } = entry
    try {
      await scanCar(this.#files, entry, places, { signal: this.#end.signal })
      return { version, places, problem: undefined }
    } catch (error) {
      if (this.#end.signal.aborted || !isKitError(error)) throw error
      // A damaged archive stays so until it changes; one that could not be read is tried again.
      const isDamaged = error.code === 'CORRUPT_FORMAT'
      const problem = `${entry.name}: ${error.message}`
      return { version: isDamaged ? version : UNREAD, places, problem }
    }
  }

  async #listed(): Promise<FileEntry[]> {
    const found: FileEntry[] = []
    for (const folder of FOLDERS)
      for await (const entry of this.#files.list(folder, SUFFIX, { signal: this.#end.signal }))
        found.push(entry)
    return found.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  close(): void {
    this.#end.abort(new KitError('CLOSED', 'the backend is closed'))
    this.#archives.clear()
  }
}
