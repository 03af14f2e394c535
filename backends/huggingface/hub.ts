/**
 * The HTTP API of a hub for one repository.
 * Source: https://huggingface.co/docs/hub/api, and the published client huggingface_hub.
 */
import type { Shape } from '../../src/core/shape.js'
import { HttpClient, type HttpAnswer, type HttpRequest } from '../http.js'
import { jsonOf } from '../json-answer.js'
import { LinkedHosts, type LinkedAnswer } from '../linked-hosts.js'
import { hubError } from './errors.js'
import type { HubPlace } from './options.js'

const MAX_REDIRECTS = 3

type Sent = Omit<HttpRequest, 'signal'>

export class Hub {
  readonly place: HubPlace
  readonly http: HttpClient
  readonly linked: LinkedHosts

  constructor(place: HubPlace) {
    this.place = place
    this.http = new HttpClient({ url: place.endpoint })
    this.linked = new LinkedHosts(place.endpoint)
  }

  /** The path of the API of the repository. */
  get api(): string {
    return `/api/${this.place.type}s/${this.place.repo}`
  }

  /** The path of the repository itself: models have no word before it. */
  get base(): string {
    return this.place.type === 'dataset' ? `/datasets/${this.place.repo}` : `/${this.place.repo}`
  }

  get revision(): string {
    return encodeURIComponent(this.place.revision)
  }

  /** Sends a request with the token; the answer may be a refusal. */
  send(request: Sent, signal: AbortSignal): Promise<HttpAnswer> {
    const token = this.place.token()
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const headers = { ...request.headers, ...authorization }
    return this.http.send({ ...request, headers, keepsRedirect: true, signal })
  }

  /** Asks for a value of JSON. @throws as `hubError` says. */
  async json<T>(request: Sent, shape: Shape<T>, signal: AbortSignal): Promise<T> {
    return await this.valueOf(await this.send(request, signal), shape, signal)
  }

  /** The value of an answer. @throws as `hubError` says. */
  async valueOf<T>(answer: HttpAnswer, shape: Shape<T>, signal: AbortSignal): Promise<T> {
    if (answer.status < 200 || answer.status >= 300) throw await this.refused(answer, signal)
    return await jsonOf(this.http, answer, shape, signal)
  }

  /** Follows redirects: with the token on the hub, and without it elsewhere. */
  async follow(request: Sent, signal: AbortSignal): Promise<LinkedAnswer> {
    let next = request
    for (let hop = 0; ; hop++) {
      const answer = await this.send(next, signal)
      const { location } = answer.headers
      if (answer.status < 300 || answer.status >= 400 || location === undefined || hop > MAX_REDIRECTS) return { http: this.http, answer } // prettier-ignore
      answer.body.destroy()
      if (!this.isOwn(location)) return await this.linked.send(location, { ...request, signal })
      const url = new URL(location, this.place.endpoint)
      next = { ...request, path: pathBelow(this.place.endpoint, url) }
    }
  }

  /** Whether a link leads to the hub itself, which alone may have the token. */
  isOwn(link: string): boolean {
    const { endpoint } = this.place
    if (!URL.canParse(link, endpoint.href)) return false
    const url = new URL(link, endpoint)
    return url.origin === endpoint.origin && !url.pathname.startsWith('//')
  }

  async refused(answer: HttpAnswer, signal: AbortSignal): Promise<Error> {
    const code = answer.headers['x-error-code']
    const refusal = await this.http.refusalOf(answer, signal)
    return hubError(refusal, Array.isArray(code) ? code[0] : code)
  }

  close(): void {
    this.http.close()
    this.linked.close()
  }
}

/** A path as it is sent, which the path of the endpoint is put before. */
export function pathBelow(endpoint: URL, { pathname, search }: URL): string {
  const base = endpoint.pathname.replace(/\/$/, '')
  return (pathname.startsWith(`${base}/`) ? pathname.slice(base.length) : pathname) + search
}

/** Whether an answer says in so many words that a file is not there. */
export const isNoEntry = ({ status, headers }: HttpAnswer): boolean =>
  status === 404 && headers['x-error-code'] === 'EntryNotFound'

/** A name in the path of a request. */
export const pathOf = (name: string): string => name.split('/').map(encodeURIComponent).join('/')
