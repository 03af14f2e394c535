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

  constructor(fetcher: Fetcher, blocks: BlockSource, { log, clock }: FetchTools) {
    this.#fetcher = fetcher
    this.#log = log
    this.#clock = clock
    this.#blocks = blocks
  }

  /** Returns the first backend that gives streams and has not failed at it lately. */
  backend(): Metered | undefined {
    return this.#fetcher.pool
      .order()
      .find(
        (backend) =>
          !backend.isDown &&
          STREAM_FACETS.some((facet) => backend.facets[facet] !== undefined) &&
          !this.#isSuspended(backend)
      )
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
    if (isKitError(failure))
      this.#log.warn(`${backend.name}: reading ${root} as a stream: ${failure.message}`)
    else this.#log.error('a stream failed', failure)
    this.#suspendedUntil.set(backend.name, this.#clock.elapsed() + SUSPEND_MS)
    if (isKitError(failure, 'INTEGRITY')) backend.blame(failure)
  }
}
