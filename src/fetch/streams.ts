/** Chooses the backend that gives a file in one answer, and the form: plain bytes, or a CAR. */
import { facetOf } from '../../backends/facets/facets.js'
import type { Metered } from '../../backends/wrap/metered.js'
import type { Cid } from '../core/cid.js'
import type { Clock } from '../core/clock.js'
import { isKitError } from '../core/errors.js'
import type { Log } from '../core/log.js'
import type { BlockSource } from '../store/ports.js'
import type { FetchTools } from './fetch-tools.js'
import type { Fetcher } from './fetcher.js'
import { CarLeaves, PlainLeaves, type LeafSource } from './leaf-source.js'
import { ExactReader } from '../core/exact-reader.js'

/** How long a backend whose stream failed is asked for single blocks only. */
const SUSPEND_MS = 60_000
/** Facets that give a file in one answer. */
const STREAM_FACETS = ['fileStreams', 'entityArchives'] as const

export class Streams {
  readonly #fetcher: Fetcher
  readonly #blocks: BlockSource
  readonly #log: Log
  readonly #clock: Clock
  /** When a backend may be asked for streams again, by the clock's elapsed milliseconds. */
  readonly #suspendedUntil = new Map<string, number>()
  /** The file that a backend said last that it lacks. */
  readonly #lacking = new Map<string, string>()

  constructor(fetcher: Fetcher, blocks: BlockSource, { log, clock }: FetchTools) {
    this.#fetcher = fetcher
    this.#log = log
    this.#clock = clock
    this.#blocks = blocks
  }

  /**
   * Returns a backend that gives a file as a stream and has not failed at it lately: the one that
   * gave its root, or else the first.
   */
  backend(root: Cid): Metered | undefined {
    const able = this.#fetcher.pool
      .order()
      .filter(
        (backend) =>
          !backend.isDown &&
          STREAM_FACETS.some((facet) => backend.facets[facet] !== undefined) &&
          !this.#isSuspended(backend) &&
          this.#lacking.get(backend.name) !== String(root)
      )
    const record = this.#blocks.find(root.key)
    const origin = record === undefined ? undefined : this.#blocks.originName(record)
    return able.find(({ name }) => name === origin) ?? able[0]
  }

  /**
   * Returns the backend that is asked first, if it gives a directory as one archive. Others are not
   * tried, since single blocks would come from the first.
   */
  archiveBackend(): Metered | undefined {
    const [first] = this.#fetcher.pool.order()
    const can = first?.isDown === false && first.facets.entityArchives !== undefined
    return can && !this.#isSuspended(first) ? first : undefined
  }

  #isSuspended({ name }: Metered): boolean {
    return (this.#suspendedUntil.get(name) ?? 0) > this.#clock.elapsed()
  }

  /** Opens the leaves of a file from an offset on, which must be the start of a leaf. */
  open(backend: Metered, root: Cid, from: number, signal: AbortSignal): LeafSource {
    const { fileStreams } = backend.facets
    if (fileStreams !== undefined)
      return new PlainLeaves(new ExactReader(fileStreams.readFile(root, from, { signal })))
    const archive = facetOf(backend, 'entityArchives').readEntityCar(root, from, { signal })
    const blocks = this.#blocks
    return new CarLeaves(new ExactReader(archive), (cid) =>
      blocks.find(cid.key) === undefined ? undefined : blocks.get(cid)
    )
  }

  /** Reports a failed stream, and asks that backend for single blocks only, for a while. */
  reportFailure(backend: Metered, root: Cid, failure: unknown): void {
    // Another backend may have the whole file, and this one others.
    if (isKitError(failure, 'BLOCK_NOT_FOUND')) {
      this.#lacking.set(backend.name, String(root))
      return
    }
    if (isKitError(failure))
      this.#log.warn(`${backend.name}: reading ${root} as a stream: ${failure.message}`)
    else this.#log.error('a stream failed', failure)
    this.#suspendedUntil.set(backend.name, this.#clock.elapsed() + SUSPEND_MS)
    if (isKitError(failure, 'INTEGRITY')) backend.blame(failure)
  }
}
