/** The keys that holders such as a Kubo node have under local names. */
import type { Clock } from '../core/clock.js'
import { KitError, toKitError } from '../core/errors.js'
import type { NamedKey } from '../../backends/facets/names.js'
import type { KeySource } from './sources.js'
import { MAX_TTL_MS } from './ttl.js'

/** The IPNS names of the keys by local name, and a failure of the listing. */
export interface KeyListing {
  readonly ids: ReadonlyMap<string, string>
  readonly failure: KitError | undefined
}

interface CachedListing extends KeyListing {
  readonly until: number
}

export class LocalKeys {
  readonly #sources: () => readonly KeySource[]
  readonly #clock: Clock
  readonly #keysOf = new Map<string, readonly NamedKey[]>()
  #last: CachedListing = { ids: new Map(), failure: undefined, until: 0 }

  constructor(sources: () => readonly KeySource[], clock: Clock) {
    this.#sources = sources
    this.#clock = clock
  }

  /** The last listing, however old. */
  get last(): KeyListing {
    return this.#last
  }

  /** Lists the keys of all holders; a holder that fails counts with the keys it listed last. */
  async list(signal: AbortSignal): Promise<KeyListing> {
    if (this.#clock.now() < this.#last.until) return this.#last
    const failures = await Promise.all(
      this.#sources().map((source) => this.#listOne(source, signal))
    )
    if (signal.aborted) throw signal.reason
    const failure = failures.find((one) => one !== undefined)
    this.#last = { ids: this.#ids(), failure, until: this.#clock.now() + MAX_TTL_MS }
    return this.#last
  }

  /** Lists the keys of one holder. Resolves to its failure. */
  async #listOne(source: KeySource, signal: AbortSignal): Promise<KitError | undefined> {
    try {
      this.#keysOf.set(source.name, await source.listKeys({ signal }))
      return undefined
    } catch (error) {
      const { code, message } = toKitError(error)
      return new KitError(code, `${source.name}: ${message}`, { cause: error })
    }
  }

  #ids(): Map<string, string> {
    const ids = new Map<string, string>()
    for (const { name } of this.#sources())
      for (const key of this.#keysOf.get(name) ?? [])
        // If two holders use one name, the first in order of configuration counts.
        if (!ids.has(key.name)) ids.set(key.name, key.id)
    return ids
  }
}
