/**
 * What an engine has elsewhere: opened with the mount where there is any, or when the first
 * backend is added. A home without backends and cache never loads it.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { FetchSettings } from '../fetch/settings.js'
import { FetchFlags, type FetchShare } from '../fetch/shared-blocks.js'
import type { Upstream } from '../fetch/upstream.js'
import type { Cid } from '../core/cid.js'
import { KitError, toKitError } from '../core/errors.js'
import type { ContentWant } from '../core/not-ready.js'
import type { UpstreamPort } from './engine.js'
import type { Handler } from './rpc.js'
import { upstreamMethods } from './upstream-content.js'
import type { UpstreamReport } from './report.js'
import type { Names } from '../names/names.js'

export class LazyUpstream implements UpstreamPort {
  readonly #home: string
  readonly #settings: FetchSettings
  readonly #share: FetchShare
  readonly #flags: FetchFlags
  readonly #end = new AbortController()
  #opening: Promise<Upstream> | undefined
  #fetching: Upstream | undefined

  constructor(home: string, settings: FetchSettings, share: FetchShare) {
    this.#home = home
    this.#settings = settings
    this.#share = share
    this.#flags = new FetchFlags(share)
    const hasBackends = existsSync(join(home, 'backends'))
    // From the first request on: who asks before it is open waits for it.
    this.#flags.fetched = hasBackends && !settings.offline
    if (hasBackends || existsSync(join(home, 'cache'))) this.open().catch(() => undefined)
  }

  get share(): FetchShare {
    return this.#share
  }

  /** Whether there may be something to fetch. */
  get isWanted(): boolean {
    return this.#flags.fetched
  }

  isAbsent(cid: Cid): boolean {
    return this.#fetching?.fetcher.isAbsent(cid) === true
  }

  /** Open it, or wait until it is open. @throws CONFIG_INVALID. */
  open(): Promise<Upstream> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      console.error(`nothing can be fetched: ${toKitError(error).message}`)
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  async #open(): Promise<Upstream> {
    const { Upstream } = await import('../fetch/upstream.js')
    const log = (message: string): void => console.error(message)
    const { signal } = this.#end
    this.#fetching = await Upstream.open(this.#home, this.#settings, this.#share, log, signal)
    this.#fetching.greet(signal)
    return this.#fetching
  }

  async retrieve(want: ContentWant, signal: AbortSignal): Promise<void> {
    await (await this.open()).retriever.retrieve(want, signal)
  }

  methods(): Readonly<Record<string, Handler>> {
    return upstreamMethods(() => this.open())
  }

  /** Who only asks how it is must not make it be. */
  report(): UpstreamReport | undefined {
    return this.#fetching?.snapshot()
  }

  /** Whether there may be something behind a name. */
  get isNaming(): boolean {
    return !this.#settings.offline && (this.isWanted || this.#settings.resolver !== 'off')
  }

  /** Whether nobody is asked who could be. */
  get isOffline(): boolean {
    const { offline, resolver } = this.#settings
    return offline && (resolver !== 'off' || existsSync(join(this.#home, 'backends')))
  }

  get names(): Names | undefined {
    return this.#fetching?.names
  }

  async findName(name: string, signal: AbortSignal): Promise<void> {
    await (await this.open()).names.resolve(name, signal)
  }

  async listNames(signal: AbortSignal): Promise<void> {
    await (await this.open()).names.list(signal)
  }

  /** Take up what changed in the store. */
  refresh(): void {
    this.#fetching?.refresh()
  }

  async close(): Promise<void> {
    this.#end.abort(new KitError('ABORTED', 'the engine ends'))
    const fetching = await this.#opening?.catch(() => undefined)
    await fetching?.close()
  }
}
