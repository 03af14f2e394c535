/** Explains where the bytes of a file come from, or would come from. */
import { configuredBackends } from '../../backends/configured.js'
import { pathText } from '../content/cid-path.js'
import { DAG_PB, type Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { chunkTable, partCid } from '../formats/chunk-table.js'
import type { ContentView } from './content-view.js'
import type { Operation } from './operation.js'
import { throwIfAborted, type Run } from './run.js'
import { target } from './target.js'
import { withContent } from './with-content.js'

export interface ExplainRequest {
  /** CIDPATH of a file. */
  readonly path: string
  /** Fetches missing blocks, and measures that. */
  readonly fetch?: boolean
}

export interface Segment {
  readonly cid: string
  /** The bytes of the file that the block covers. */
  readonly offset: number
  readonly length: number
  /** Where the block is: in the store (`local`), in the cache (`disk`), or not here (null). */
  readonly tier: 'local' | 'disk' | null
  /**
   * The origin of the block (`local` for the store); for a missing block, the backend asked first.
   */
  readonly backend: string | null
  readonly bytesFetched: number
  /** Milliseconds for fetching and reading the block; null for a missing one. */
  readonly ms: number | null
}

export interface ExplainResult {
  readonly cid: string
  /** In the order of the file. */
  readonly segments: readonly Segment[]
  /** CIDs of the missing blocks. */
  readonly missing: readonly string[]
}

/** A range of the file, and the block whose DAG holds it. */
interface Part {
  readonly cid: Cid
  readonly offset: number
  readonly length: number
}

/**
 * Lists the blocks of a file with their places. @throws IS_A_DIRECTORY, and what finding it throws.
 */
export const explain: Operation<ExplainRequest, ExplainResult> = (services, request, run) =>
  withContent(services, run, true, async (view) => {
    const { cid, path } = await target(view, services, request.path)
    const { type, size, file = cid } = await view.whenReady(() => view.content.stat(cid))
    if (type === 'directory')
      throw new KitError('IS_A_DIRECTORY', `${pathText(path)} is a folder; name a file in it`)
    const [first] = configuredBackends(services.home).sort((a, b) => a.priority - b.priority)
    const explanation = new Explanation(view, run, request.fetch === true, first?.name ?? null)
    const segments = await explanation.segmentsOf({ cid: file, offset: 0, length: size })
    const missing = segments.filter(({ tier }) => tier === null).map((segment) => segment.cid)
    return { cid: String(cid), segments, missing }
  })

/** Walks a file's DAG down to the leaves, or to the missing blocks. */
class Explanation {
  readonly #view: ContentView
  readonly #run: Run
  readonly #fetch: boolean
  readonly #firstBackend: string | null

  constructor(view: ContentView, run: Run, fetch: boolean, first: string | null) {
    this.#view = view
    this.#run = run
    this.#fetch = fetch
    this.#firstBackend = first
  }

  /** Returns the blocks that hold a part of the file, in order. */
  async segmentsOf(whole: Part): Promise<Segment[]> {
    const segments: Segment[] = []
    const open = [whole]
    for (let part = open.pop(); part !== undefined; part = open.pop()) {
      throwIfAborted(this.#run)
      const segment = await this.#segment(part)
      const inner = segment.tier === null ? [] : this.#partsOf(part)
      if (inner.length === 0) segments.push(segment)
      else open.push(...inner.reverse())
    }
    return segments
  }

  #partsOf({ cid, offset }: Part): Part[] {
    const { content } = this.#view
    if (cid.codec !== DAG_PB || content.isLeaf(cid)) return []
    const table = chunkTable(cid, content.blocks.get(cid))
    return Array.from(table.ends, (end, i) => {
      const start = i === 0 ? table.inline.length : table.ends[i - 1]!
      return { cid: partCid(table, i), offset: offset + start, length: end - start }
    })
  }

  async #segment({ cid, offset, length }: Part): Promise<Segment> {
    const view = this.#view
    const before = view.tierOf(cid)
    const started = performance.now()
    if (before === undefined && this.#fetch) await view.whenReady(() => view.content.stat(cid))
    const tier = view.tierOf(cid) ?? null
    const bytes = tier === null ? 0 : view.content.blocks.get(cid).length
    return {
      cid: String(cid),
      offset,
      length,
      tier,
      backend: tier === null ? this.#firstBackend : (view.originName(cid) ?? null),
      bytesFetched: before === undefined ? bytes : 0,
      ms: tier === null ? null : Math.round((performance.now() - started) * 1000) / 1000
    }
  }
}
