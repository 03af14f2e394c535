/** What is elsewhere, as commands see it: in this process, or in the engine that owns the home. */
import { abortController } from '../core/abort.js'
import { bufferOf } from '../core/bytes.js'
import { Cid } from '../core/cid.js'
import type { ContentWant } from '../core/not-ready.js'
import type { EngineReport, UpstreamReport, TierReport } from './report.js'
import type { RpcClient } from './rpc.js'

export interface UpstreamContent {
  /** Have here what is needed. @throws BLOCK_NOT_FOUND, and what the backends throw. */
  retrieve(want: ContentWant, signal: AbortSignal): Promise<void>
  report(): Promise<UpstreamReport>
  /** The CID that a name leads to; undefined where it leads nowhere. */
  resolveName(name: string, signal: AbortSignal): Promise<Cid | undefined>
  /** Let go of blocks in the cache. @returns how many were there. */
  evict(cids: readonly string[]): Promise<number>
  clear(): Promise<void>
  /** Take up which backends there are now. */
  reload(): Promise<void>
  close(): Promise<void>
}

/** What is wanted, as it crosses the socket. */
interface WantText {
  readonly cid: string
  readonly type: ContentWant['type']
  readonly directory?: string
  readonly name?: string
  readonly position?: number
  readonly length?: number
}

function toText(want: ContentWant): WantText {
  const text = { cid: String(want.cid), type: want.type }
  if (want.type === 'range') return { ...text, position: want.position, length: want.length }
  if (want.type === 'table' || want.directory === undefined || want.name === undefined) return text
  const name = bufferOf(want.name).toString('base64')
  return { ...text, directory: String(want.directory), name }
}

function fromText(text: WantText): ContentWant {
  const { type, directory, name, position = 0, length = 0 } = text
  const cid = Cid.parse(text.cid)
  if (type === 'range') return { type, cid, position, length }
  if (type === 'table' || directory === undefined || name === undefined) return { type, cid }
  return { type, cid, directory: Cid.parse(directory), name: Buffer.from(name, 'base64') }
}

/** The methods of an engine that serve RemoteByRpc. */
export function upstreamMethods(open: () => Promise<UpstreamContent>) {
  return {
    'remote.retrieve': async (want: WantText) =>
      (await open()).retrieve(fromText(want), abortController().signal),
    'remote.name': async ({ name }: { name: string }) =>
      String((await (await open()).resolveName(name, abortController().signal)) ?? ''),
    'remote.evict': async ({ cids }: { cids: string[] }) => (await open()).evict(cids),
    'remote.clear': async () => (await open()).clear(),
    'remote.reload': async () => (await open()).reload()
  }
}

const NO_TIER: TierReport = { used: 0, capacity: 0, blocks: 0, hits: 0, bytes: 0 }
/** Of an engine that has neither backends nor a cache. */
const NOTHING: UpstreamReport = {
  cache: { memory: NO_TIER, disk: NO_TIER, blocks: 0, corrupt: 0, evicted: 0, arc_target: 0 },
  fetch: { fetched: 0, bytes: 0, in_flight: 0, queued: 0 },
  backends: []
}

/** The remote content of the engine at the other end. */
export class RpcUpstream implements UpstreamContent {
  readonly #client: RpcClient

  constructor(client: RpcClient) {
    this.#client = client
  }

  async retrieve(want: ContentWant, signal: AbortSignal): Promise<void> {
    await this.#unless(signal, 'remote.retrieve', toText(want))
  }

  async resolveName(name: string, signal: AbortSignal): Promise<Cid | undefined> {
    const text = (await this.#unless(signal, 'remote.name', { name })) as string
    return text === '' ? undefined : Cid.parse(text)
  }

  async #unless(signal: AbortSignal, method: string, args: object): Promise<unknown> {
    const left = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    })
    left.catch(() => undefined)
    return await Promise.race([this.#client.call(method, args), left])
  }

  async report(): Promise<UpstreamReport> {
    return (await this.reportAll()).remote ?? NOTHING
  }

  /** With what the engine itself says. */
  async reportAll(): Promise<EngineReport> {
    return (await this.#client.call('report', {})) as EngineReport
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
