/** What is elsewhere, as commands see it: in this process, or in the engine that owns the home. */
import { abortController } from '../core/abort.js'
import { bufferOf } from '../core/bytes.js'
import { Cid } from '../core/cid.js'
import { NotReady, type Want } from '../core/not-ready.js'
import type { RpcClient } from './rpc.js'

export interface TierReport {
  readonly used: number
  readonly capacity: number
  readonly blocks: number
  readonly hits: number
  readonly bytes: number
}

export interface CacheReport {
  readonly memory: TierReport
  readonly disk: TierReport
  readonly blocks: number
  readonly corrupt: number
  readonly evicted: number
  readonly arc_target: number
}

export interface LatencyReport {
  /** Upper bounds of the buckets in ms, and how many lie in each; the last has no bound. */
  readonly bounds_ms: readonly number[]
  readonly counts: readonly number[]
  readonly sum_ms: number
}

export interface BackendReport {
  readonly name: string
  readonly type: string
  /** `down` after failures in a row; `unknown` before the first answer. */
  readonly state: 'up' | 'down' | 'unknown'
  readonly average_ms: number | null
  readonly requests: number
  readonly blocks: number
  readonly bytes: number
  readonly missing: number
  readonly errors: number
  readonly corrupt: number
  readonly last_error: string | null
  readonly latency: LatencyReport
}

export interface FetchReport {
  readonly fetched: number
  readonly bytes: number
  readonly in_flight: number
  readonly queued: number
}

export interface RemoteReport {
  readonly cache: CacheReport
  readonly fetch: FetchReport
  readonly backends: readonly BackendReport[]
}

export interface RemoteContent {
  /** Have here what is needed. @throws BLOCK_NOT_FOUND, and what the backends throw. */
  retrieve(need: NotReady, signal: AbortSignal): Promise<void>
  report(): Promise<RemoteReport>
  /** Let go of blocks in the cache. @returns how many were there. */
  evict(cids: readonly string[]): Promise<number>
  clear(): Promise<void>
  /** Take up which backends there are now. */
  reload(): Promise<void>
  close(): Promise<void>
}

/** A need as it crosses the socket. */
interface NeedText {
  readonly cid: string
  readonly type: Want['type']
  readonly directory?: string
  readonly name?: string
  readonly position?: number
  readonly length?: number
}

function toText({ cid, want }: NotReady): NeedText {
  const text = { cid: String(cid), type: want.type }
  if (want.type === 'range') return { ...text, position: want.position, length: want.length }
  if (want.type === 'table' || want.directory === undefined || want.name === undefined) return text
  const name = bufferOf(want.name).toString('base64')
  return { ...text, directory: String(want.directory), name }
}

function fromText({ cid, type, directory, name, position = 0, length = 0 }: NeedText): NotReady {
  const named = directory === undefined || name === undefined
    ? {}
    : { directory: Cid.parse(directory), name: Buffer.from(name, 'base64') } // prettier-ignore
  const want: Want =
    type === 'range' ? { type, position, length } : type === 'table' ? { type } : { type, ...named }
  return new NotReady(Cid.parse(cid), want)
}

/** The methods of an engine that serve RemoteByRpc. */
export function remoteMethods(open: () => Promise<RemoteContent>) {
  return {
    'remote.retrieve': async (need: NeedText) =>
      (await open()).retrieve(fromText(need), abortController().signal),
    'remote.report': async () => (await open()).report(),
    'remote.evict': async ({ cids }: { cids: string[] }) => (await open()).evict(cids),
    'remote.clear': async () => (await open()).clear(),
    'remote.reload': async () => (await open()).reload()
  }
}

const NO_TIER: TierReport = { used: 0, capacity: 0, blocks: 0, hits: 0, bytes: 0 }
/** Of an engine that has neither backends nor a cache. */
const NOTHING: RemoteReport = {
  cache: { memory: NO_TIER, disk: NO_TIER, blocks: 0, corrupt: 0, evicted: 0, arc_target: 0 },
  fetch: { fetched: 0, bytes: 0, in_flight: 0, queued: 0 },
  backends: []
}

/** The remote content of the engine at the other end. */
export class RemoteByRpc implements RemoteContent {
  readonly #client: RpcClient

  constructor(client: RpcClient) {
    this.#client = client
  }

  async retrieve(need: NotReady, signal: AbortSignal): Promise<void> {
    const left = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    })
    left.catch(() => undefined)
    await Promise.race([this.#client.call('remote.retrieve', toText(need)), left])
  }

  async report(): Promise<RemoteReport> {
    return ((await this.#client.call('remote.report', {})) as RemoteReport | null) ?? NOTHING
  }

  async evict(cids: readonly string[]): Promise<number> {
    return (await this.#client.call('remote.evict', { cids })) as number
  }

  async clear(): Promise<void> {
    await this.#client.call('remote.clear', {})
  }

  async reload(): Promise<void> {
    await this.#client.call('remote.reload', {})
  }

  close(): Promise<void> {
    this.#client.close()
    return Promise.resolve()
  }
}
