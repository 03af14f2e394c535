/**
 * Opens the upstream of an engine: at once where there are backends or a cache, else when the first
 * backend is added. A home without either never loads it.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { KitError, toKitError } from '../core/errors.js'
import type { Cid } from '../core/cid.js'
import type { Log } from '../core/log.js'
import type { ContentWant } from '../core/not-ready.js'
import { FetchFlags, type FetchFlagsMemory } from '../fetch/fetch-flags.js'
import type { Upstream } from '../fetch/upstream.js'
import type { UpstreamStats } from '../fetch/upstream-content.js'
import type { Names } from '../names/names.js'
import type { ServedUpstream } from './home-service.js'

export interface LazyUpstreamOptions {
  readonly home: string
  /** Whether the home cannot be written: nothing can be fetched then, and there is nothing to open. */
  readonly isFixed: boolean
  readonly offline: boolean
  /** How domains are resolved, as in `names.resolver`. */
  readonly resolver: string
  readonly flags: FetchFlagsMemory
  readonly log: Log
  /** Is told which content somebody reads that has to be fetched. */
  readonly retrieving?: (cid: Cid) => void
  /** Opens the upstream. @throws CONFIG_INVALID. */
  readonly open: (signal: AbortSignal) => Promise<Upstream>
}

export class LazyUpstream implements ServedUpstream {
  readonly #options: LazyUpstreamOptions
  readonly #flags: FetchFlags
  readonly #end = new AbortController()
  #opening: Promise<Upstream> | undefined
  #upstream: Upstream | undefined

  constructor(options: LazyUpstreamOptions) {
    this.#options = options
    this.#flags = new FetchFlags(options.flags)
    const hasBackends = this.#hasBackends
    // The flag is set before anything is open: a thread with a missing block must wait, not fail.
    this.#flags.fetched = hasBackends && !options.offline && !options.isFixed
    if (options.isFixed) return
    if (hasBackends || existsSync(join(options.home, 'cache'))) this.open().catch(() => undefined)
  }

  get #hasBackends(): boolean {
    return existsSync(join(this.#options.home, 'backends'))
  }

  /** Whether missing content may be fetched. */
  get isWanted(): boolean {
    return this.#flags.fetched
  }

  /** Returns whether no backend had a block a moment ago. */
  isAbsent(cid: Cid): boolean {
    return this.#upstream?.isAbsent(cid) === true
  }

  /**
   * Opens the upstream, or waits until it is open. A failed opening is tried again by the next
   * call.
   * @throws CONFIG_INVALID.
   */
  open(): Promise<Upstream> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#options.log.warn(`nothing can be fetched: ${toKitError(error).message}`)
      this.#opening = undefined
      // What was fetched before can still be read.
      this.#flags.cached ||= existsSync(join(this.#options.home, 'cache', 'index'))
      throw error
    })
    return this.#opening
  }

  async #open(): Promise<Upstream> {
    const { signal } = this.#end
    this.#upstream = await this.#options.open(signal)
    this.#upstream.probeBackends(signal)
    return this.#upstream
  }

  async retrieve(want: ContentWant, signal: AbortSignal): Promise<void> {
    await (await this.open()).retrieve(want, signal)
    this.#options.retrieving?.(want.cid)
  }

  snapshot(): UpstreamStats | undefined {
    return this.#upstream?.snapshot()
  }

  /** Describes the backends that are asked, for the log. */
  get asked(): string {
    const backends = this.snapshot()?.backends ?? []
    if (backends.length === 0) return 'no backend is in use'
    const each = backends.map(({ name, state, lastError }) => `${name}: ${lastError ?? state}`)
    return `asked: ${each.join('; ')}`
  }

  /** Whether names can be looked up at all. */
  get isNaming(): boolean {
    const { offline, resolver } = this.#options
    return !offline && (this.isWanted || resolver !== 'off')
  }

  /** Whether names or backends exist that are not asked, only because of --offline. */
  get isOffline(): boolean {
    const { offline, resolver } = this.#options
    return offline && (resolver !== 'off' || this.#hasBackends)
  }

  get names(): Names | undefined {
    return this.#upstream?.names
  }

  /** Looks a name up, so that `names` knows it. */
  async findName(name: string, signal: AbortSignal): Promise<void> {
    await (await this.open()).names.resolve(name, signal)
  }

  /** Lists the names of the backends' keys, so that `names` knows them. */
  async listNames(signal: AbortSignal): Promise<void> {
    await (await this.open()).names.list(signal)
  }

  /** Takes in what changed in the store. */
  refresh(): void {
    this.#upstream?.refresh()
  }

  async close(): Promise<void> {
    this.#end.abort(new KitError('ABORTED', 'the engine ends'))
    const upstream = await this.#opening?.catch(() => undefined)
    await upstream?.close()
  }
}
