/**
 * The content of a home as one operation reads it: the store, the disk tier of the cache, and what
 * can be fetched.
 */
import { setImmediate as turn } from 'node:timers/promises'
import type { Content } from '../content/content.js'
import type { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { nextTurn } from '../core/turns.js'
import { isContent, NotReady, whenReady, type ContentWant } from '../core/not-ready.js'
import type { UpstreamContent } from '../fetch/upstream-content.js'
import { blockNotFound, type StoreReader } from '../store/reader.js'
import { throwIfAborted, type Run } from './run.js'

/** Fetches missing content for a ContentView. */
export interface Fetching {
  readonly signal: AbortSignal
  readonly offline: boolean
  /** How domains are resolved, as in `names.resolver`. */
  readonly resolver: string
  /** Runs work with an open upstream. @throws what opening it and the work throw. */
  use<T>(work: (upstream: UpstreamContent) => Promise<T>): Promise<T>
  /** Must be called after each fetch: from then on the cache is worth reading. */
  fetched(): void
  close(): Promise<void>
}

/** Reads content for one operation. Close it afterwards. */
export class ContentView {
  readonly reader: StoreReader
  readonly content: Content
  readonly #fetching: Fetching | undefined
  readonly #run: Run
  readonly #names = new Map<string, Cid | undefined>()

  readonly #closeBlocks: () => void

  /** @param closeBlocks closes what else the content reads from. */
  constructor(
    reader: StoreReader,
    content: Content,
    fetching: Fetching | undefined,
    run: Run,
    closeBlocks: () => void
  ) {
    this.#closeBlocks = closeBlocks
    this.reader = reader
    this.content = content
    this.#fetching = fetching
    this.#run = run
  }

  /** Returns where a block is: in the store (`local`), or in the disk tier of the cache. */
  tierOf(cid: Cid): 'local' | 'disk' | undefined {
    if (cid.isIdentity || this.reader.has(cid.key)) return 'local'
    return this.content.blocks.find(cid.key) === undefined ? undefined : 'disk'
  }

  /**
   * Returns the origin of a block: `local`, or the name of a backend; undefined where it is not
   * known.
   */
  originName(cid: Cid): string | undefined {
    return this.content.origin(cid)
  }

  /**
   * Returns the CID that a name below `/ipns/` leads to.
   * @throws PATH_NOT_FOUND, USAGE where nothing is fetched, BACKEND_UNAVAILABLE offline; NotReady,
   * which `whenReady` handles.
   */
  cidOfName(name: string): Cid {
    if (this.#fetching === undefined)
      throw new KitError('USAGE', `this command takes CIDs, not /ipns/${name}; a link in a mount tells where it leads: readlink ~/ipfs/ipns/${name}`) // prettier-ignore
    if (this.#fetching.offline)
      throw new KitError('BACKEND_UNAVAILABLE', `/ipns/${name} is not looked up offline`)
    if (!this.#names.has(name)) throw new NotReady({ type: 'name', name })
    const cid = this.#names.get(name)
    if (cid !== undefined) return cid
    const reason = notFoundReason(name, this.#fetching.resolver)
    throw new KitError('PATH_NOT_FOUND', `/ipns/${name} leads nowhere: ${reason}`)
  }

  /**
   * Runs `work` again and again, fetching what it lacks in between, until it has all it needs.
   * @throws what `work` and fetching throw; BLOCK_NOT_FOUND for what is not here where nothing is fetched.
   */
  whenReady<T>(work: () => T): Promise<T> {
    return whenReady(work, async (need) => {
      const { want } = need
      if (want.type === 'turn') {
        await nextTurn()
        throwIfAborted(this.#run)
        return
      }
      const fetching = this.#fetching
      if (fetching === undefined) return this.#prepareLocal(need)
      if (want.type === 'name') await this.#resolveName(want.name, fetching)
      else if (isContent(want)) await this.#fetch(want, fetching)
      else throw need
    })
  }

  /** Prepares what needs nothing from elsewhere. */
  #prepareLocal(need: NotReady): void {
    const { want } = need
    if (!isContent(want)) throw need
    if (want.type !== 'table') throw blockNotFound(want.cid)
    try {
      const table = this.content.prepare(want.cid)
      if (table !== undefined) this.content.adopt(want.cid, table)
    } catch (error) {
      if (!(error instanceof NotReady) || !('cid' in error.want)) throw error
      throw blockNotFound(error.want.cid)
    }
  }

  async #resolveName(name: string, fetching: Fetching): Promise<void> {
    const { signal } = fetching
    const cid = await fetching.use((upstream) => upstream.resolveName(name, signal))
    this.#names.set(name, cid)
  }

  async #fetch(want: ContentWant, fetching: Fetching): Promise<void> {
    const { signal } = fetching
    // Signal handlers run only between turns of the event loop.
    await turn()
    if (signal.aborted) throw signal.reason
    await fetching.use((upstream) => upstream.retrieve(want, signal))
    fetching.fetched()
    if (want.type === 'table') this.content.prepare(want.cid)
  }

  async close(): Promise<void> {
    await this.#fetching?.close()
    this.#closeBlocks()
    this.reader.close()
  }
}

/** Explains to the user why a name leads nowhere. */
function notFoundReason(name: string, resolver: string): string {
  const noRecord = 'no backend has a record of it'
  if (!name.includes('.')) return noRecord
  if (resolver === 'off') return `${noRecord}, and domains are not looked up; see names.resolver`
  return `${noRecord}, and it has no DNSLink`
}
