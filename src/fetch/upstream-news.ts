/**
 * Tells those who watch an engine what it fetched and dropped, and which backends answer. It compares
 * counts about once a second, so that fetching itself pays nothing for it.
 */
import type { Metered } from '../../backends/wrap/metered.js'
import { bufferOf } from '../core/bytes.js'
import type { Cid } from '../core/cid.js'
import type { Clock } from '../core/clock.js'
import { stateOf } from './open-pool.js'

export type FetchNews =
  /** Content that came from backends, within about a second. */
  | {
      readonly type: 'fetched'
      /** What was asked for: the first of them, and how many more. */
      readonly cids: readonly string[]
      readonly more: number
      readonly blocks: number
      readonly bytes: number
      /** Those that gave it. */
      readonly backends: readonly string[]
    }
  /** Blocks that left the cache within about a second, for whatever reason. */
  | { readonly type: 'evicted'; readonly blocks: number; readonly bytes: number }
  | { readonly type: 'backend_up'; readonly backend: string }
  | { readonly type: 'backend_down'; readonly backend: string; readonly error: string | null }

const EVERY_MS = 1000
/** CIDs that one event names, and those that are counted. */
const MAX_NAMED = 16
const MAX_COUNTED = 1024

export interface Counts {
  readonly blocks: number
  readonly bytes: number
}

export interface Looked {
  readonly fetched: Counts
  readonly evicted: Counts
  readonly backends: Iterable<Pick<Metered, 'name' | 'isDown' | 'isFailing' | 'metrics'>>
}

interface Known {
  readonly state: ReturnType<typeof stateOf>
  readonly bytes: number
}

const NOTHING: Counts = { blocks: 0, bytes: 0 }

export class UpstreamNews {
  readonly #clock: Pick<Clock, 'elapsed'>
  readonly #tell: (news: FetchNews) => void
  #lookedAt = -Infinity
  #fetched = NOTHING
  #evicted = NOTHING
  #known = new Map<string, Known>()
  /** What was asked for since it looked last, by its bytes. */
  readonly #asked = new Map<string, Cid>()

  constructor(clock: Pick<Clock, 'elapsed'>, tell: (news: FetchNews) => void) {
    this.#clock = clock
    this.#tell = tell
  }

  /** Notes what somebody asked for, which had to be fetched. */
  asked(cid: Cid): void {
    if (this.#asked.size < MAX_COUNTED) this.#asked.set(bufferOf(cid.bytes).toString('latin1'), cid)
  }

  /** Tells what changed, if it is time; to be called every now and then. */
  look(find: () => Looked): void {
    const now = this.#clock.elapsed()
    if (now - this.#lookedAt < EVERY_MS) return
    this.#lookedAt = now
    const { fetched, evicted, backends } = find()
    const gave = this.#lookAtBackends(backends)
    const { blocks, bytes } = since(this.#fetched, fetched)
    if (blocks > 0) {
      const cids = [...this.#asked.values()].slice(0, MAX_NAMED).map(String)
      const more = this.#asked.size - cids.length
      this.#tell({ type: 'fetched', cids, more, blocks, bytes, backends: gave })
    }
    const gone = since(this.#evicted, evicted)
    if (gone.blocks > 0) this.#tell({ type: 'evicted', ...gone })
    this.#asked.clear()
    this.#fetched = fetched
    this.#evicted = evicted
  }

  /** Tells of those that changed. @returns the names of those that gave bytes. */
  #lookAtBackends(backends: Looked['backends']): string[] {
    const before = this.#known
    const gave: string[] = []
    this.#known = new Map()
    for (const backend of backends) {
      const { name, metrics } = backend
      const state = stateOf(backend)
      const known = before.get(name)
      this.#known.set(name, { state, bytes: metrics.bytes })
      if (metrics.bytes !== (known?.bytes ?? 0)) gave.push(name)
      if (state === known?.state || state === 'unknown') continue
      if (state === 'up') this.#tell({ type: 'backend_up', backend: name })
      else this.#tell({ type: 'backend_down', backend: name, error: metrics.lastError ?? null })
    }
    return gave
  }
}

const since = (before: Counts, now: Counts): Counts => ({
  blocks: now.blocks - before.blocks,
  bytes: now.bytes - before.bytes
})
