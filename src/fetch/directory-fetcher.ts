/**
 * Directories that are not here: all shards of a sharded one before it is listed, and the next
 * entries before they are asked for, where a directory is gone through in its order.
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
import { Pieces } from '../core/pieces.js'
import { takeShards } from './shard-archive.js'
import type { Streams } from './streams.js'

const FIRST_WINDOW = 64
const LAST_WINDOW = 256
/** Files that are asked for together: Kubo opens all of them before it sends the first. */
const TOGETHER = 48
/** Entries under way at a time, over all directories. */
const MAX_AHEAD = 32
/** Files up to this size come whole, ahead of their reader. */
const SMALL = 256 * 1024
const MAX_DIRECTORIES = 64
/** How often it is looked how far readers are, and for how long after the last entry was fetched. */
const LOOK_MS = 3
const IDLE_MS = 1000
/** From so many missing shards below the root on, an archive is worth its beginning. */
const MANY_SHARDS = 16
/** Shards under way at a time. */
const MAX_SHARDS = 64
/** Deeper than a hash has bits lies no shard. */
const MAX_LEVELS = 64
/** Shards after which others have their turn. */
const EACH_TURN = 256

/** How a directory is being gone through. */
interface Walk {
  readonly directory: Cid
  /** Index of the entry that was asked for last; of the one that is being read by now, as far as known. */
  last: number
  window: number
  /** Entries before this one are here, or on their way. */
  ahead: number
  /** How much all readers had read by then, and when entries were fetched last. */
  touched: number
  at: number
}

export interface DirectoryPorts {
  readonly fetcher: Fetcher
  readonly content: Content
  readonly streams: Streams
  /** How many blocks all readers have read so far, where that is known. */
  readonly touched: () => number
  /** Have bytes of a file here. */
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
  readonly #turns = new Semaphore(MAX_AHEAD)
  readonly #flights = new SingleFlight<void>()
  #timer: NodeJS.Timeout | undefined

  constructor(ports: DirectoryPorts, { log, clock }: FetchTools) {
    this.#ports = ports
    this.#log = log
    this.#clock = clock
  }

  /** Have every shard of a sharded directory here, once for all who want them. */
  async shards(root: Cid, signal: AbortSignal): Promise<void> {
    await this.#flights.run(String(root), signal, (signal) => this.#shards(root, signal))
  }

  async #shards(root: Cid, signal: AbortSignal): Promise<void> {
    const { fetcher, content } = this.#ports
    const turns = new Semaphore(MAX_SHARDS)
    const seen = new KeySet()
    let visited = 0
    const visit = async (cid: Cid, depth: number): Promise<void> => {
      // As whoever makes the table will say; here it is enough not to go round in circles.
      if (depth > MAX_LEVELS || !seen.add(cid.key)) return
      if (++visited % EACH_TURN === 0) await turn()
      const below = await turns.run(
        1,
        async () => {
          await fetcher.need(cid, signal)
          return shardsBelow(cid, content.blocks.get(cid))
        },
        signal
      )
      await Promise.all(below.map((shard) => visit(shard, depth + 1)))
    }
    await this.#byArchive(root, signal)
    // What the archive did not bring, or all.
    await visit(root, 0)
  }

  /** A directory of many shards as one answer, where the backend that is asked first gives such. */
  async #byArchive(root: Cid, signal: AbortSignal): Promise<void> {
    const { fetcher, content, streams } = this.#ports
    await fetcher.need(root, signal)
    const below = shardsBelow(root, content.blocks.get(root)).filter((cid) => !fetcher.has(cid))
    const backend = below.length < MANY_SHARDS ? undefined : streams.archivist()
    if (backend === undefined) return
    try {
      const archive = facetOf(backend, 'entityArchives').readEntityCar(root, 0, { signal })
      await takeShards(new Pieces(archive), below, {
        has: (cid) => fetcher.has(cid),
        keep: (cid, block) => {
          fetcher.keep(cid, block, backend.name)
          return shardsBelow(cid, block)
        }
      })
    } catch (error) {
      if (signal.aborted) throw error
      streams.failed(backend, root, error)
    }
  }

  /**
   * An entry was asked for: fetch those behind it, where that is how the directory is read.
   * @param entry its name, or its place in the directory's table.
   */
  noticed(directory: Cid, entry: Uint8Array | number): void {
    const listing = this.#listingOf(directory)
    const index = typeof entry === 'number' ? entry : (listing?.find(entry) ?? -1)
    if (listing === undefined || index < 0 || index >= listing.count) return
    const walk = this.#walkOf(directory, index)
    if (walk.window === 0) return
    // The one that is asked for comes first with the others.
    walk.ahead = Math.max(index, walk.ahead)
    this.#goAhead(walk, listing, index + 1 + walk.window)
  }

  /** Ask for the entries up to `to`. */
  #goAhead(walk: Walk, listing: DirTable, to: number): void {
    const end = Math.min(listing.count, to)
    const small: RawBlock[] = []
    for (let i = walk.ahead; i < end; i++) {
      const size = listing.tsize(i)
      const cid = listing.cid(i)
      if (cid.codec === RAW && size >= 0 && size <= SMALL) small.push({ cid, size })
      else this.#ahead(() => this.#entry(cid))
    }
    for (let from = 0; from < small.length; from += TOGETHER) {
      const some = small.slice(from, from + TOGETHER)
      this.#ahead(() => this.#ports.fetcher.needMany(some, abortController().signal))
    }
    walk.ahead = Math.max(walk.ahead, end)
    walk.at = this.#clock.elapsed()
    this.#timer ??= setInterval(() => this.#lookOn(), LOOK_MS).unref()
  }

  /** Readers who have read half of what was fetched for them will want what comes next. */
  #lookOn(): void {
    try {
      this.#follow()
    } catch (error) {
      // On a timer: nobody is there to catch it.
      this.#log.error('reading a directory ahead failed', error)
    }
  }

  #follow(): void {
    const now = this.#clock.elapsed()
    const touched = this.#ports.touched()
    let active = false
    for (const walk of this.#walks.values()) {
      if (walk.window === 0 || now - walk.at > IDLE_MS) continue
      active = true
      // Each that was read was this walk's, as far as we know.
      walk.last = Math.min(walk.ahead, walk.last + touched - walk.touched)
      walk.touched = touched
      if (walk.ahead - walk.last > walk.window / 2) continue
      const listing = this.#listingOf(walk.directory)
      if (listing === undefined || walk.ahead >= listing.count) continue
      walk.window = Math.min(LAST_WINDOW, walk.window * 4)
      this.#goAhead(walk, listing, walk.last + walk.window)
    }
    if (active) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #listingOf(directory: Cid) {
    try {
      return this.#ports.content.directory(directory)
    } catch (error) {
      if (error instanceof NotReady || isKitError(error)) return undefined
      throw error
    }
  }

  #walkOf(directory: Cid, index: number): Walk {
    const key = String(directory)
    const known = this.#walks.get(key)
    if (known === undefined) {
      const walk = {
        directory,
        last: index,
        window: 0,
        ahead: index,
        touched: this.#ports.touched(),
        at: 0
      }
      if (this.#walks.size >= MAX_DIRECTORIES) this.#walks.clear()
      this.#walks.set(key, walk)
      return walk
    }
    // On from the last one, or within what is fetched already and was not asked for.
    const goesOn = index > known.last && index <= Math.max(known.last + 2, known.ahead)
    known.window = goesOn ? Math.min(LAST_WINDOW, Math.max(FIRST_WINDOW, known.window * 4)) : 0
    if (!goesOn) known.ahead = index
    known.last = index
    known.touched = this.#ports.touched()
    return known
  }

  /** Do something nobody waits for: whoever asks for it himself is told what is wrong. */
  #ahead(work: () => Promise<void>): void {
    this.#turns.run(1, work).catch((error: unknown) => {
      if (!isKitError(error)) this.#log.error('reading a directory ahead failed', error)
    })
  }

  async #entry(cid: Cid): Promise<void> {
    const { fetcher, content, ensure } = this.#ports
    const { signal } = abortController()
    await fetcher.need(cid, signal)
    if (cid.codec === RAW) return
    const { kind, size } = content.stat(cid)
    if (kind === Kind.FILE && size <= SMALL) await ensure(cid, 0, size, signal)
  }
}
