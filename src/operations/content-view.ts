/** The content of a home as one operation reads it: the store, what the cache has on disk, and what can be fetched. */
import { setImmediate as turn } from 'node:timers/promises'
import type { Content } from '../content/content.js'
import type { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { isContent, NotReady, whenReady, type ContentWant } from '../core/not-ready.js'
import type { UpstreamContent } from '../fetch/upstream-content.js'
import type { StoreReader } from '../store/reader.js'

/** How what is not here is had. */
export interface Fetching {
  readonly signal: AbortSignal
  readonly offline: boolean
  /** Who resolves domains, as `names.resolver` says. */
  readonly resolver: string
  /** Runs work with what is elsewhere. */
  use<T>(work: (upstream: UpstreamContent) => Promise<T>): Promise<T>
  /** Told that something was fetched: from now on the cache has something. */
  fetched(): void
  close(): Promise<void>
}

export class ContentView {
  readonly reader: StoreReader
  readonly content: Content
  readonly #fetching: Fetching | undefined
  readonly #names = new Map<string, Cid | undefined>()

  constructor(reader: StoreReader, content: Content, fetching: Fetching | undefined) {
    this.reader = reader
    this.content = content
    this.#fetching = fetching
  }

  /** Returns where a block is: in the store, or on the disk as part of the cache. */
  tierOf(cid: Cid): 'local' | 'disk' | undefined {
    if (cid.isIdentity || this.reader.has(cid.key)) return 'local'
    return this.content.blocks.find(cid.key) === undefined ? undefined : 'disk'
  }

  /** Returns who gave a block: `local`, or the name of a backend; undefined where nobody knows. */
  originName(cid: Cid): string | undefined {
    return this.content.origin(cid)
  }

  /** Returns the CID that a name below `/ipns/` leads to. @throws PATH_NOT_FOUND; NotReady, which `whenReady` sees to. */
  named(name: string): Cid {
    if (this.#fetching === undefined)
      throw new KitError('USAGE', `this command takes CIDs, not /ipns/${name}; a link in a mount tells where it leads: readlink ~/ipfs/ipns/${name}`) // prettier-ignore
    if (this.#fetching.offline)
      throw new KitError('BACKEND_UNAVAILABLE', `/ipns/${name} is not looked up offline`)
    if (!this.#names.has(name)) throw new NotReady({ type: 'name', name })
    const cid = this.#names.get(name)
    if (cid !== undefined) return cid
    const reason = whyNot(name, this.#fetching.resolver)
    throw new KitError('PATH_NOT_FOUND', `/ipns/${name} leads nowhere: ${reason}`)
  }

  /** Does something with the content, having fetched what it turns out to need. */
  whenReady<T>(work: () => T): Promise<T> {
    return whenReady(work, async (need) => {
      const { want } = need
      const fetching = this.#fetching
      if (fetching === undefined) throw need
      if (want.type === 'name') await this.#find(want.name, fetching)
      else if (isContent(want)) await this.#fetch(want, fetching)
      else throw need
    })
  }

  async #find(name: string, fetching: Fetching): Promise<void> {
    const { signal } = fetching
    const cid = await fetching.use((upstream) => upstream.resolveName(name, signal))
    this.#names.set(name, cid)
  }

  async #fetch(want: ContentWant, fetching: Fetching): Promise<void> {
    const { signal } = fetching
    // Signals are heard between turns only.
    await turn()
    if (signal.aborted) throw signal.reason
    await fetching.use((upstream) => upstream.retrieve(want, signal))
    fetching.fetched()
    if (want.type === 'table') this.content.prepare(want.cid)
  }

  async close(): Promise<void> {
    await this.#fetching?.close()
    this.reader.close()
  }
}

function whyNot(name: string, resolver: string): string {
  const nobody = 'no backend has a record of it'
  if (!name.includes('.')) return nobody
  if (resolver === 'off') return `${nobody}, and domains are not looked up; see names.resolver`
  return `${nobody}, and it has no DNSLink`
}
