/** `explain`: where the bytes of a path come from, or would come from. */
import { configuredBackends } from '../../../backends/configured.js'
import { formatSize } from '../../config/units.js'
import { chunkTable, partCid } from '../../formats/chunk-table.js'
import { pathText } from '../../content/resolver.js'
import { DAG_PB, type Cid } from '../../core/cid.js'
import { KitError } from '../../core/errors.js'
import { flagOf, type Context, type ContentView } from '../context.js'
import { upstreamOptions } from '../remote.js'
import { shortened, table } from '../table.js'
import { findTarget } from '../target.js'

interface Segment {
  readonly cid: string
  /** Bytes of the file that the block covers. */
  readonly offset: number
  readonly length: number
  /** Where it is: the store (`local`), the cache (`disk`), or nowhere here (null). */
  readonly tier: 'local' | 'disk' | null
  /** Who gave it (`local` for the store); who is asked first for what is not here. */
  readonly backend: string | null
  readonly bytes_fetched: number
  /** What having it here and reading it took; null for what is not here. */
  readonly ms: number | null
}

interface Part {
  readonly cid: Cid
  readonly offset: number
  readonly length: number
}

export async function run(context: Context): Promise<void> {
  const reading = context.services.openReading(context.home, upstreamOptions(context))
  try {
    const { cid, path } = await reading.fetched(() => findTarget(context.args[0]!, reading))
    const { type, size } = await reading.fetched(() => reading.content.stat(cid))
    if (type === 'directory')
      throw new KitError('IS_A_DIRECTORY', `${pathText(path)} is a folder; name a file in it`)
    const segments = await new Explanation(context, reading).of({ cid, offset: 0, length: size })
    const missing = segments.filter(({ tier }) => tier === null).map((segment) => segment.cid)
    if (context.json) context.answer({ cid: String(cid), segments, missing })
    else print(context, segments)
  } finally {
    await reading.close()
  }
}

class Explanation {
  readonly #reading: ContentView
  readonly #fetch: boolean
  readonly #first: string | null

  constructor(context: Context, reading: ContentView) {
    this.#reading = reading
    this.#fetch = flagOf(context, 'fetch')
    const [first] = configuredBackends(context.home).sort((a, b) => a.priority - b.priority)
    this.#first = first?.name ?? null
  }

  /** The blocks that bytes of a file lie in, in order. */
  async of(whole: Part): Promise<Segment[]> {
    const segments: Segment[] = []
    const open = [whole]
    for (let part = open.pop(); part !== undefined; part = open.pop()) {
      const segment = await this.#segment(part)
      const inner = segment.tier === null ? [] : this.#partsOf(part)
      if (inner.length === 0) segments.push(segment)
      else open.push(...inner.reverse())
    }
    return segments
  }

  #partsOf({ cid, offset }: Part): Part[] {
    const { content } = this.#reading
    if (cid.codec !== DAG_PB || content.isLeaf(cid)) return []
    const { ends, inline, node, size, weight } = chunkTable(cid, content.blocks.get(cid))
    return Array.from(ends, (end, i) => {
      const start = i === 0 ? inline.length : ends[i - 1]!
      const part = partCid({ ends, inline, node, size, weight }, i)
      return { cid: part, offset: offset + start, length: end - start }
    })
  }

  async #segment({ cid, offset, length }: Part): Promise<Segment> {
    const reading = this.#reading
    const before = reading.tierOf(cid)
    const started = performance.now()
    if (before === undefined && this.#fetch) await reading.fetched(() => reading.content.stat(cid))
    const tier = reading.tierOf(cid) ?? null
    const bytes = tier === null ? 0 : reading.content.blocks.get(cid).length
    return {
      cid: String(cid),
      offset,
      length,
      tier,
      backend: tier === null ? this.#first : (reading.originName(cid) ?? null),
      bytes_fetched: before === undefined ? bytes : 0,
      ms: tier === null ? null : Math.round((performance.now() - started) * 1000) / 1000
    }
  }
}

/** What is said of who has or had a block. */
function said(backend: string | null, tier: Segment['tier'], fetched: number): string {
  if (backend === null || tier === 'local') return ''
  if (tier === null) return `${backend} is asked first`
  return fetched === 0 ? `from ${backend}` : `fetched ${formatSize(fetched)} from ${backend}`
}

function print(context: Context, segments: readonly Segment[]): void {
  const rows = segments.map(
    ({ cid, offset, length, tier, backend, bytes_fetched: fetched, ms }) => [
      String(offset),
      formatSize(length),
      tier ?? 'not here',
      ms === null ? '-' : `${ms.toFixed(3)} ms`,
      said(backend, tier, fetched),
      cid
    ]
  )
  for (const line of shortened(table(rows, [0, 1, 3]))) context.print(line)
  const sum = (of: string | null): number =>
    segments.reduce((bytes, { tier, length }) => bytes + (tier === of ? length : 0), 0)
  context.print(
    `local ${formatSize(sum('local'))}, disk ${formatSize(sum('disk'))}, not here ${formatSize(sum(null))}`
  )
}
