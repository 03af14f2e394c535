/** Who gives a file in one answer, and as what: plain bytes, or the blocks of an archive. */
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
import { Pieces } from '../core/pieces.js'

/** How long a backend whose stream failed is asked for blocks alone. */
const ASIDE_MS = 60_000
/** Ways to have a file in one answer. */
const WAYS = ['fileStreams', 'entityArchives'] as const

export class Streams {
  readonly #fetcher: Fetcher
  readonly #blocks: BlockSource
  readonly #log: Log
  readonly #clock: Clock
  /** Until when a backend is not asked for streams, by this.#clock.elapsed(). */
  readonly #asideUntil = new Map<string, number>()

  constructor(fetcher: Fetcher, blocks: BlockSource, { log, clock }: FetchTools) {
    this.#fetcher = fetcher
    this.#log = log
    this.#clock = clock
    this.#blocks = blocks
  }

  /** The first who can, and did not fail to of late. */
  backend(): Metered | undefined {
    return this.#fetcher.pool
      .order()
      .find(
        (backend) =>
          !backend.isDown &&
          WAYS.some((way) => backend.facets[way] !== undefined) &&
          !this.#isAside(backend)
      )
  }

  /** Who is asked first, if he gives a directory as one archive. */
  archivist(): Metered | undefined {
    const [first] = this.#fetcher.pool.order()
    const can = first?.isDown === false && first.facets.entityArchives !== undefined
    return can && !this.#isAside(first) ? first : undefined
  }

  #isAside({ name }: Metered): boolean {
    return (this.#asideUntil.get(name) ?? 0) > this.#clock.elapsed()
  }

  /** The leaves of a file from an offset on, where one begins. */
  open(backend: Metered, root: Cid, from: number, signal: AbortSignal): LeafSource {
    const { fileStreams } = backend.facets
    if (fileStreams !== undefined)
      return new PlainLeaves(new Pieces(fileStreams.readFile(root, from, { signal })))
    const archive = facetOf(backend, 'entityArchives').readEntityCar(root, from, { signal })
    const blocks = this.#blocks
    return new CarLeaves(new Pieces(archive), (cid) =>
      blocks.find(cid.key) === undefined ? undefined : blocks.get(cid)
    )
  }

  /** A stream failed: of this backend it is block by block from here on, for a while. */
  failed(backend: Metered, root: Cid, failure: unknown): void {
    if (isKitError(failure))
      this.#log.warn(`${backend.name}: reading ${root} as a stream: ${failure.message}`)
    else this.#log.error('a stream failed', failure)
    this.#asideUntil.set(backend.name, this.#clock.elapsed() + ASIDE_MS)
    if (isKitError(failure, 'INTEGRITY')) backend.blame(failure)
  }
}
