/**
 * Fetches directories: all shards of a sharded one before it is listed, and the next entries ahead
 * of a reader that goes through a directory in order.
 */
import { setImmediate as turn } from 'node:timers/promises'
import { facetOf } from '../../backends/facets/facets.js'
import { abortController } from '../core/abort.js'
import type { Clock } from '../core/clock.js'
import { RAW, type Cid } from '../core/cid.js'
import { isKitError } from '../core/errors.js'
import { KeySet } from '../core/key-set.js'
import type { Log } from '../core/log.js'
import { NotReady } from '../core/not-ready.js'
import { Semaphore } from '../core/semaphore.js'
import { SingleFlight } from '../core/single-flight.js'
import type { Content } from '../content/content.js'
import type { DirTable } from '../content/dir-table.js'
import { shardsBelow } from '../content/hamt-reader.js'
import { Kind } from '../formats/block-kind.js'
import type { FetchTools } from './fetch-tools.js'
import type { Fetcher, RawBlock } from './fetcher.js'
import { ExactReader } from '../core/exact-reader.js'
import { takeShards } from './shard-archive.js'
import type { Streams } from './streams.js'

/** Entries fetched ahead of a reader. */
const MIN_WINDOW = 64
const MAX_WINDOW = 256
/**
 * Files asked for by one request. It is bounded because Kubo opens all of them before it sends the
 * first.
 */
const BATCH_FILES = 48
/** Entries in flight at a time, over all directories. */
const MAX_IN_FLIGHT = 32
/** Files up to this many bytes are fetched whole, ahead of their reader. */
const MAX_SMALL_FILE = 256 * 1024
/** Directories whose walks are remembered. */
const MAX_DIRECTORIES = 64
/**
 * How often the progress of readers is looked at, and for how long after the last fetched entry.
 */
const POLL_MS = 3
const IDLE_MS = 1000
/** From this many missing shards below the root on, one archive costs less than single requests. */
const MIN_ARCHIVE_SHARDS = 16
/** Shards in flight at a time. */
const MAX_SHARDS_IN_FLIGHT = 64
/** No shard lies deeper than a hash has bits. */
const MAX_LEVELS = 64
/** Shards visited before other work of this thread gets its turn. */
const SHARDS_PER_TURN = 256

/** How a reader goes through one directory. */
interface Walk {
  readonly directory: Cid
  /** Index of the entry that was read last, estimated between requests from `touched`. */
  last: number
  /** How many entries are fetched ahead; 0 while the directory is not read in order. */
  window: number
  /** Index of the first entry that is neither here nor in flight. */
  ahead: number
  /** Blocks all readers had read when `last` was set. */
  touched: number
  /** When entries were fetched last, by the clock's elapsed milliseconds. */
  fetchedAt: number
}

export interface DirectoryPorts {
  readonly fetcher: Fetcher
  readonly content: Content
  readonly streams: Streams
  /** Returns how many blocks all readers have read so far, as far as the cache counts them. */
  readonly touched: () => number
  /** Fetches bytes of a file. It may throw what the fetcher throws. */
  readonly ensure: (
    root: Cid,
    position: number,
    length: number,
    signal: AbortSignal
  ) => Promise<void>
}

export class DirectoryFetcher {
  readonly #ports: DirectoryPorts
  readonly #log: Log
  readonly #clock: Clock
  readonly #walks = new Map<string, Walk>()
  readonly #inFlight = new Semaphore(MAX_IN_FLIGHT)
  readonly #flights = new SingleFlight<void>()
  #timer: NodeJS.Timeout | undefined

  constructor(ports: DirectoryPorts, { log, clock }: FetchTools) {
    this.#ports = ports
    this.#log = log
    this.#clock = clock
  }

  /**
   * Fetches every shard of a sharded directory, in a single flight for all callers.
   * @throws what the fetcher throws.
   */
  async fetchShards(root: Cid, signal: AbortSignal): Promise<void> {
    await this.#flights.run(String(root), signal, (signal) => this.#fetchShards(root, signal))
  }

  async #fetchShards(root: Cid, signal: AbortSignal): Promise<void> {
    const { fetcher, content } = this.#ports
    const inFlight = new Semaphore(MAX_SHARDS_IN_FLIGHT)
    const seen = new KeySet()
    let visited = 0
    const visit = async (cid: Cid, depth: number): Promise<void> => {
      // Building the table reports such damage; here it suffices not to loop for ever.
      if (depth > MAX_LEVELS || !seen.add(cid.key)) return
      if (++visited % SHARDS_PER_TURN === 0) await turn()
      const below = await inFlight.run(
        1,
        async () => {
          await fetcher.need(cid, signal)
          return shardsBelow(cid, content.blocks.get(cid))
        },
        signal
      )
      await Promise.all(below.map((shard) => visit(shard, depth + 1)))
    }
    await this.#fetchArchive(root, signal)
    // Fetches the shards that the archive did not bring.
    await visit(root, 0)
  }

  /** Fetches a directory of many shards as one archive, where the first backend has that facet. */
  async #fetchArchive(root: Cid, signal: AbortSignal): Promise<void> {
    const { fetcher, content, streams } = this.#ports
    await fetcher.need(root, signal)
    const below = shardsBelow(root, content.blocks.get(root)).filter((cid) => !fetcher.has(cid))
    const backend = below.length < MIN_ARCHIVE_SHARDS ? undefined : streams.archiveBackend()
    if (backend === undefined) return
    try {
      const archive = facetOf(backend, 'entityArchives').readEntityCar(root, 0, { signal })
      await takeShards(new ExactReader(archive), below, {
        has: (cid) => fetcher.has(cid),
        keep: (cid, block) => {
          fetcher.keep(cid, block, backend.name)
          return shardsBelow(cid, block)
        }
      })
    } catch (error) {
      if (signal.aborted) throw error
      streams.reportFailure(backend, root, error)
    }
  }

  /**
   * Notes that an entry was asked for, and fetches the ones behind it when the directory is read in
   * order.
   * @param entry its name, or its index in the directory's table.
   */
  noticeEntry(directory: Cid, entry: Uint8Array | number): void {
    const listing = this.#listingOf(directory)
    const index = typeof entry === 'number' ? entry : (listing?.find(entry) ?? -1)
    if (listing === undefined || index < 0 || index >= listing.count) return
    const walk = this.#advanceWalk(directory, index)
    if (walk.window === 0) return
    // The entry that was asked for is fetched in the batch with the ones behind it.
    walk.ahead = Math.max(index, walk.ahead)
    this.#fetchUpTo(walk, listing, index + 1 + walk.window)
  }

  /** Fetches the entries before index `to` that are not fetched yet. */
  #fetchUpTo(walk: Walk, listing: DirTable, to: number): void {
    const end = Math.min(listing.count, to)
    const small: RawBlock[] = []
    for (let i = walk.ahead; i < end; i++) {
      const size = listing.tsize(i)
      const cid = listing.cid(i)
      if (cid.codec === RAW && size >= 0 && size <= MAX_SMALL_FILE) small.push({ cid, size })
      else this.#inBackground(() => this.#fetchEntry(cid))
    }
    for (let from = 0; from < small.length; from += BATCH_FILES) {
      const batch = small.slice(from, from + BATCH_FILES)
      this.#inBackground(() => this.#ports.fetcher.needMany(batch, abortController().signal))
    }
    walk.ahead = Math.max(walk.ahead, end)
    walk.fetchedAt = this.#clock.elapsed()
    this.#timer ??= setInterval(() => this.#poll(), POLL_MS).unref()
  }

  /** Extends the windows on a timer, where nobody would catch an error. */
  #poll(): void {
    try {
      this.#extendWindows()
    } catch (error) {
      this.#log.error('reading a directory ahead failed', error)
    }
  }

  /**
   * Fetches more for readers that have read half of what was fetched for them, and stops the timer
   * when none is active.
   */
  #extendWindows(): void {
    const now = this.#clock.elapsed()
    const touched = this.#ports.touched()
    let active = false
    for (const walk of this.#walks.values()) {
      if (walk.window === 0 || now - walk.fetchedAt > IDLE_MS) continue
      active = true
      // Every block that was read is counted for this walk, since readers cannot be told apart.
      walk.last = Math.min(walk.ahead, walk.last + touched - walk.touched)
      walk.touched = touched
      if (walk.ahead - walk.last > walk.window / 2) continue
      const listing = this.#listingOf(walk.directory)
      if (listing === undefined || walk.ahead >= listing.count) continue
      walk.window = Math.min(MAX_WINDOW, walk.window * 4)
      this.#fetchUpTo(walk, listing, walk.last + walk.window)
    }
    if (active) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Returns the table of a directory; undefined where it cannot be read here and now. */
  #listingOf(directory: Cid) {
    try {
      return this.#ports.content.directory(directory)
    } catch (error) {
      if (error instanceof NotReady || isKitError(error)) return undefined
      throw error
    }
  }

  /** Moves the walk of a directory to an entry, and widens its window or closes it. */
  #advanceWalk(directory: Cid, index: number): Walk {
    const key = String(directory)
    const known = this.#walks.get(key)
    if (known === undefined) {
      const walk = {
        directory,
        last: index,
        window: 0,
        ahead: index,
        touched: this.#ports.touched(),
        fetchedAt: 0
      }
      if (this.#walks.size >= MAX_DIRECTORIES) this.#walks.clear()
      this.#walks.set(key, walk)
      return walk
    }
    // The reader goes on from the last entry, or asks for one that was skipped in what is fetched.
    const isSequential = index > known.last && index <= Math.max(known.last + 2, known.ahead)
    known.window = isSequential ? Math.min(MAX_WINDOW, Math.max(MIN_WINDOW, known.window * 4)) : 0
    if (!isSequential) known.ahead = index
    known.last = index
    known.touched = this.#ports.touched()
    return known
  }

  /**
   * Runs work in the background. Its KitErrors are dropped, because a reader that needs the same
   * content gets them again.
   */
  #inBackground(work: () => Promise<void>): void {
    this.#inFlight.run(1, work).catch((error: unknown) => {
      if (!isKitError(error)) this.#log.error('reading a directory ahead failed', error)
    })
  }

  async #fetchEntry(cid: Cid): Promise<void> {
    const { fetcher, content, ensure } = this.#ports
    const { signal } = abortController()
    await fetcher.need(cid, signal)
    if (cid.codec === RAW) return
    const { kind, size } = content.stat(cid)
    if (kind === Kind.FILE && size <= MAX_SMALL_FILE) await ensure(cid, 0, size, signal)
  }
}
