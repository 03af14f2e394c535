/**
 * Hosts to which a configured one sends its clients with links that are good by themselves, such as
 * stores behind an API. They never get its token, and none of them leads into this network.
 */
import { isIP } from 'node:net'
import { KitError } from '../src/core/errors.js'
import { HttpClient, type HttpAnswer, type HttpRequest } from './http.js'
import { isLocalhost } from './lookup.js'

/** Hosts that are remembered. */
const MAX_HOSTS = 16

export interface LinkedAnswer {
  readonly http: HttpClient
  readonly answer: HttpAnswer
}

export class LinkedHosts {
  readonly #from: URL
  readonly #clients = new Map<string, HttpClient>()

  /** @param from the configured host. */
  constructor(from: URL) {
    this.#from = from
  }

  /**
   * Sends a request to where a link leads.
   * @throws ACCESS_DENIED where it leads into this network, or from TLS to plain text;
   * BACKEND_UNAVAILABLE for what is no link.
   */
  async send(link: string, request: Omit<HttpRequest, 'path'>): Promise<LinkedAnswer> {
    const url = this.#checked(link)
    const http = this.#client(url)
    return { http, answer: await http.send({ ...request, path: url.pathname + url.search }) }
  }

  #checked(link: string): URL {
    const { host, hostname, protocol } = this.#from
    if (!URL.canParse(link, this.#from.href) || !/^(?:https?:)?\/(?!.*\s)/.test(link))
      throw new KitError('BACKEND_UNAVAILABLE', `${host} gives a link that is none`)
    const url = new URL(link, this.#from)
    const isInside = isIP(url.hostname.replace(/^\[|\]$/g, '')) !== 0 || isLocalhost(url.hostname)
    const isPlain = protocol === 'https:' && url.protocol !== 'https:'
    const isOdd = url.pathname.startsWith('//') || url.username !== '' || url.password !== ''
    if ((isInside && url.hostname !== hostname) || isPlain || isOdd)
      throw new KitError(
        'ACCESS_DENIED',
        `${host} links to ${url.host}, which is not a public host behind TLS; it is not followed`
      )
    return url
  }

  #client({ origin }: URL): HttpClient {
    const known = this.#clients.get(origin)
    if (known !== undefined) return known
    if (this.#clients.size >= MAX_HOSTS) this.close()
    const made = new HttpClient({ url: new URL(origin) })
    this.#clients.set(origin, made)
    return made
  }

  close(): void {
    for (const client of this.#clients.values()) client.close()
    this.#clients.clear()
  }
}
