/** Pins of a pinning service, which keeps a list of requests: one CID may have several. */
import type { Cid } from '../../src/core/cid.js'
import { KitError } from '../../src/core/errors.js'
import type { CallOptions } from '../facets/call.js'
import type {
  ListedPin,
  PinRemoval,
  PinRequest,
  PinStates,
  PinStatus,
  RemotePins
} from '../facets/remote-pins.js'
import { isSameDag } from '../said-cid.js'
import type { PinningApi, Requested, WantedPin } from './api.js'
import { MAX_ORIGINS } from './options.js'
import { allRequests } from './requests.js'

const MAX_NAME = 255
/** Rounds of taking requests back: each takes back a page. */
const MAX_ROUNDS = 20

/** The state of a CID is the best of its requests. */
const ORDER = ['pinned', 'pinning', 'queued', 'unknown', 'failed'] as const

const best = (requests: readonly Requested[]): Requested | undefined =>
  requests.toSorted((a, b) => ORDER.indexOf(a.pin.state) - ORDER.indexOf(b.pin.state))[0]

function statusIn({ pin }: Requested): PinStatus {
  const { cid: _, ...status } = pin
  return status
}

export class ServicePins implements PinStates, RemotePins, PinRemoval {
  readonly #api: PinningApi
  readonly #origins: readonly string[]

  /** @param origins nodes that are told with each pin. */
  constructor(api: PinningApi, origins: readonly string[]) {
    this.#api = api
    this.#origins = origins
  }

  async statusOf(cid: Cid, { signal }: CallOptions): Promise<PinStatus | undefined> {
    const found = best(await this.#requests(cid, signal))
    return found === undefined ? undefined : statusIn(found)
  }

  /** Where one of several requests for a CID failed, the others count. */
  async *listPins({ signal }: CallOptions): AsyncIterable<ListedPin> {
    const seen = new Set<string>()
    const failed = new Map<string, ListedPin>()
    for await (const { pin } of allRequests(this.#api, signal)) {
      const key = String(pin.cid)
      if (seen.has(key)) continue
      if (pin.state === 'failed') failed.set(key, failed.get(key) ?? pin)
      else {
        seen.add(key)
        yield pin
      }
    }
    for (const [key, pin] of failed) if (!seen.has(key)) yield pin
  }

  async pin(cid: Cid, request: PinRequest, { signal }: CallOptions): Promise<PinStatus> {
    const found = best(await this.#requests(cid, signal))
    if (found === undefined) return this.#taken(cid, await this.#api.add(this.#wanted(cid, request), signal)) // prettier-ignore
    if (found.pin.state !== 'failed') return statusIn(found)
    return this.#taken(cid, await this.#api.replace(found.id, this.#wanted(cid, request), signal))
  }

  async replace(from: Cid, to: Cid, request: PinRequest, options: CallOptions): Promise<PinStatus> {
    const { signal } = options
    const [first, ...others] = from.equals(to) ? [] : await this.#requests(from, signal)
    if (first === undefined) return await this.pin(to, request, options)
    const there = await this.statusOf(to, options)
    const isThere = there !== undefined && there.state !== 'failed'
    const status = isThere
      ? there
      : this.#taken(to, await this.#api.replace(first.id, this.#wanted(to, request), signal))
    for (const { id } of isThere ? [first, ...others] : others) await this.#api.remove(id, signal)
    return status
  }

  async recover(cid: Cid, options: CallOptions): Promise<PinStatus | undefined> {
    const found = best(await this.#requests(cid, options.signal))
    if (found === undefined || found.pin.state !== 'failed')
      return found === undefined ? undefined : statusIn(found)
    return await this.pin(cid, { name: found.pin.name }, options)
  }

  async unpin(cid: Cid, { signal }: CallOptions): Promise<void> {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const requests = await this.#requests(cid, signal)
      if (requests.length === 0) return
      for (const { id } of requests) await this.#api.remove(id, signal)
    }
    throw new KitError(
      'BACKEND_UNAVAILABLE',
      `${this.#api.where} still lists ${cid} after its requests were taken back`
    )
  }

  /** The requests for a CID. A service that lists others besides is not believed. */
  async #requests(cid: Cid, signal: AbortSignal): Promise<readonly Requested[]> {
    const { results } = await this.#api.list({ cid: String(cid) }, signal)
    return results.filter(({ pin }) => isSameDag(pin.cid, cid))
  }

  /** The status of what was asked for. @throws BACKEND_UNAVAILABLE where another pin was made of it. */
  #taken(cid: Cid, request: Requested): PinStatus {
    if (isSameDag(request.pin.cid, cid)) return statusIn(request)
    throw new KitError('BACKEND_UNAVAILABLE', `${this.#api.where} was asked for ${cid}, and took ${request.pin.cid}`) // prettier-ignore
  }

  #wanted(cid: Cid, { name = '', origins = [] }: PinRequest): WantedPin {
    const all = [...new Set([...origins, ...this.#origins])].slice(0, MAX_ORIGINS)
    return {
      cid: String(cid),
      ...(name === '' ? {} : { name: name.slice(0, MAX_NAME) }),
      ...(all.length === 0 ? {} : { origins: all })
    }
  }
}
