/**
 * The IPFS Pinning Service API 1.0.
 * Source: https://ipfs.github.io/pinning-services-api-spec/
 */
import { Cid } from '../../src/core/cid.js'
import { KitError } from '../../src/core/errors.js'
import { list, optional, orNull, record, text, whole, type Shape } from '../../src/core/shape.js'
import { PIN_STATES, type ListedPin, type PinState } from '../facets/remote-pins.js'
import { HttpClient, type HttpRequest } from '../http.js'
import { jsonOf, wordsFrom } from '../json-answer.js'
import { pinningError } from './errors.js'
import { MAX_ORIGINS } from './options.js'

/** A pin as the service wants to have it. */
export interface WantedPin {
  readonly cid: string
  readonly name?: string
  readonly origins?: readonly string[]
}

/** A request for a pin, of which one CID may have several. */
export interface Requested {
  readonly id: string
  /** The time of the request, as the service wrote it. */
  readonly created: string
  readonly pin: ListedPin
}

export interface Page {
  /** The number of requests that fit the question, on this page or behind it. */
  readonly count: number
  readonly results: readonly Requested[]
}

export const PAGE_SIZE = 1000
const ALL_STATES = 'queued,pinning,pinned,failed'

const state: Shape<PinState> = (value) => PIN_STATES.find((one) => one === value) ?? 'unknown'

const statusDetails: Shape<string> = (value) => {
  const details = (value as { readonly status_details?: unknown } | null)?.status_details
  return typeof details === 'string' ? wordsFrom(details) : ''
}

const answered = record({
  requestid: text,
  status: state,
  created: text,
  pin: record<{ cid: string; name?: string | null | undefined }>({
    cid: text,
    name: optional(orNull(text))
  }),
  delegates: optional(orNull(list(text))),
  info: statusDetails
})

const requested: Shape<Requested> = (value, at) => {
  const { requestid: id, status, created, pin, delegates, info } = answered(value, at)
  // It becomes a part of the path of requests.
  if (id === '' || id === '.' || id === '..')
    throw new KitError('INVALID_ARGUMENT', `${at}.requestid must be an identifier`)
  const addresses = (delegates ?? []).filter((one) => one.startsWith('/')).map(wordsFrom)
  return {
    id,
    created,
    pin: {
      cid: Cid.parse(pin.cid),
      state: status,
      name: wordsFrom(pin.name ?? ''),
      details: info,
      delegates: addresses.slice(0, MAX_ORIGINS),
      holders: []
    }
  }
}

const page = record<Page>({ count: whole(0), results: list(requested) })

export class PinningApi {
  readonly #http: HttpClient

  constructor(url: URL, token: string) {
    this.#http = new HttpClient({ url }, { authorization: `Bearer ${token}` })
  }

  get where(): string {
    return this.#http.where
  }

  /** Lists requests, the newest first. */
  async list(query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Page> {
    const all = new URLSearchParams({ status: ALL_STATES, limit: String(PAGE_SIZE), ...query })
    const answer = await this.#http.send({ path: `/pins?${all}`, signal })
    if (answer.status === 200) return await jsonOf(this.#http, answer, page, signal)
    throw pinningError(await this.#http.refusalOf(answer, signal))
  }

  add(pin: WantedPin, signal: AbortSignal): Promise<Requested> {
    return this.#ask('/pins', pin, signal)
  }

  /** Puts a pin in the place of a request. */
  replace(id: string, pin: WantedPin, signal: AbortSignal): Promise<Requested> {
    return this.#ask(`/pins/${encodeURIComponent(id)}`, pin, signal)
  }

  async #ask(path: string, pin: WantedPin, signal: AbortSignal): Promise<Requested> {
    const request: HttpRequest = {
      method: 'POST',
      path,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(pin)),
      signal
    }
    const answer = await this.#http.send(request)
    // The specification says 202; some services answer as they do elsewhere.
    if (answer.status < 200 || answer.status > 202)
      throw pinningError(await this.#http.refusalOf(answer, signal))
    return await jsonOf(this.#http, answer, requested, signal)
  }

  /** Takes a request back. One that is not there is no error. */
  async remove(id: string, signal: AbortSignal): Promise<void> {
    const path = `/pins/${encodeURIComponent(id)}`
    const answer = await this.#http.send({ method: 'DELETE', path, signal })
    if (answer.status >= 200 && answer.status < 300) return void answer.body.resume()
    const refusal = await this.#http.refusalOf(answer, signal)
    if (answer.status !== 404) throw pinningError(refusal)
  }

  close(): void {
    this.#http.close()
  }
}
