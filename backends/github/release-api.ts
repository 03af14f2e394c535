/**
 * The REST API of GitHub for one release of a repository.
 * Source: https://docs.github.com/en/rest/releases
 */
import { KitError } from '../../src/core/errors.js'
import { list, optional, record, text, whole, type Shape } from '../../src/core/shape.js'
import type { ByteRange } from '../facets/named-files.js'
import { rangeHeaders } from '../http-range.js'
import { HttpClient, type HttpAnswer, type HttpRequest } from '../http.js'
import { jsonOf } from '../json-answer.js'
import { LinkedHosts, type LinkedAnswer } from '../linked-hosts.js'
import { apiError } from './errors.js'
import type { ReleasePlace } from './options.js'

export interface Asset {
  readonly id: number
  readonly name: string
  readonly size: number
  /** `uploaded`, or something else where an upload ended before its end. */
  readonly state: string
  readonly created_at?: string | undefined
}

export interface Release {
  readonly id: number
  readonly upload_url: string
}

interface Page {
  readonly etag: string
  readonly assets: readonly Asset[]
  readonly next: string | undefined
}

const ASSET: Shape<Asset> = record({ id: whole(1), name: text, size: whole(0), state: text, created_at: optional(text) }) // prettier-ignore
const RELEASE: Shape<Release> = record({ id: whole(1), upload_url: text })
const ANYTHING: Shape<unknown> = (value) => value
const HEADERS = {
  accept: 'application/vnd.github+json',
  'x-github-api-version': '2022-11-28',
  // GitHub refuses requests without one.
  'user-agent': 'ipfs-kit'
}
/** Assets that a release has at most, and those of a page of them. */
export const MAX_ASSETS = 1000
const PER_PAGE = 100

type Sent = Omit<HttpRequest, 'signal'>

export class ReleaseApi {
  readonly #place: ReleasePlace
  readonly #http: HttpClient
  readonly #linked: LinkedHosts
  #uploads: HttpClient | undefined
  /** Pages as they were, by their paths: asking whether they still are so costs nothing of the limit. */
  readonly #pages = new Map<string, Page>()

  constructor(place: ReleasePlace) {
    this.#place = place
    this.#http = new HttpClient({ url: place.api })
    this.#linked = new LinkedHosts(place.api)
  }

  get where(): string {
    return `release ${this.#place.tag} of ${this.#place.repo} at ${this.#http.where}`
  }

  get #repo(): string {
    return `/repos/${this.#place.repo}`
  }

  #headers(more: Readonly<Record<string, string>> = {}): Record<string, string> {
    const token = this.#place.token()
    return { ...HEADERS, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...more } // prettier-ignore
  }

  #send(request: Sent, signal: AbortSignal): Promise<HttpAnswer> {
    return this.#http.send({ ...request, headers: this.#headers(request.headers), signal })
  }

  /** @throws as `apiError` says. */
  async #value<T>(answer: HttpAnswer, shape: Shape<T>, signal: AbortSignal): Promise<T> {
    if (answer.status >= 200 && answer.status < 300)
      return await jsonOf(this.#http, answer, shape, signal)
    throw apiError(await this.#http.refusalOf(answer, signal))
  }

  #json(
    method: 'POST' | 'PATCH',
    path: string,
    value: unknown,
    signal: AbortSignal
  ): Promise<HttpAnswer> {
    // prettier-ignore
    const headers = { 'content-type': 'application/json' }
    return this.#send({ method, path, headers, body: Buffer.from(JSON.stringify(value)) }, signal)
  }

  /** The release; undefined where the repository can be seen, and has none of that tag. */
  async release(signal: AbortSignal): Promise<Release | undefined> {
    const path = `${this.#repo}/releases/tags/${encodeURIComponent(this.#place.tag)}`
    const answer = await this.#send({ path }, signal)
    if (answer.status !== 404) return await this.#value(answer, RELEASE, signal)
    answer.body.resume()
    await this.#value(await this.#send({ path: this.#repo }, signal), ANYTHING, signal)
    return undefined
  }

  async makeRelease(signal: AbortSignal): Promise<Release> {
    const { tag } = this.#place
    const wanted = { tag_name: tag, name: tag, body: 'Archives of ipfs-kit', make_latest: 'false' }
    const answer = await this.#json('POST', `${this.#repo}/releases`, wanted, signal)
    if (answer.status !== 422) return await this.#value(answer, RELEASE, signal)
    const refusal = await this.#http.refusalOf(answer, signal)
    // Somebody else made it meanwhile, or the repository has no commit that could be tagged.
    const made = await this.release(signal)
    if (made !== undefined) return made
    throw new KitError('BACKEND_UNAVAILABLE', `${apiError(refusal).message}; a release needs a commit: put a file such as README.md into the repository first`) // prettier-ignore
  }

  /** All assets, those that are still being put among them. */
  async assets({ id }: Release, signal: AbortSignal): Promise<Asset[]> {
    const found: Asset[] = []
    let path: string | undefined = `${this.#repo}/releases/${id}/assets?per_page=${PER_PAGE}`
    for (let n = 0; path !== undefined && n <= MAX_ASSETS / PER_PAGE; n++) {
      const page: Page = await this.#page(path, signal)
      found.push(...page.assets)
      path = page.next
    }
    return found
  }

  async #page(path: string, signal: AbortSignal): Promise<Page> {
    const known = this.#pages.get(path)
    const headers = known === undefined ? {} : { 'if-none-match': known.etag }
    const answer = await this.#send({ path, headers }, signal)
    if (answer.status === 304 && known !== undefined) {
      answer.body.resume()
      return known
    }
    const assets = await this.#value(answer, list(ASSET), signal)
    const { etag = '', link } = answer.headers
    const page = { etag, assets, next: this.#next(String(link ?? '')) }
    if (etag !== '') this.#pages.set(path, page)
    return page
  }

  /** Source: RFC 8288 */
  #next(link: string): string | undefined {
    const found = /<([^>]+)>\s*;\s*rel="?next"?/.exec(link)?.[1]
    if (found === undefined) return undefined
    const { api } = this.#place
    const base = api.pathname.replace(/\/$/, '')
    const url = new URL(found, api)
    if (url.origin !== api.origin || !url.pathname.startsWith(`${base}/`))
      throw new KitError('ACCESS_DENIED', `${this.where} lists on another host; it is not followed`)
    return url.pathname.slice(base.length) + url.search
  }

  /** Uploads an asset, whose name others take for one that is still being put. */
  async upload(
    release: Release,
    name: string,
    size: number,
    body: Exclude<HttpRequest['body'], undefined>,
    signal: AbortSignal
  ): Promise<Asset> {
    const { http, path } = this.#uploadHost(release.upload_url)
    const headers = this.#headers({
      'content-type': 'application/octet-stream',
      'content-length': String(size)
    })
    const at = `${path}?name=${encodeURIComponent(name)}`
    const answer = await http.send({ method: 'POST', path: at, headers, body, signal })
    return await this.#value(answer, ASSET, signal)
  }

  /** The host of uploads is told the token: only GitHub's own way of naming it is taken. */
  #uploadHost(template: string): { readonly http: HttpClient; readonly path: string } {
    const { api } = this.#place
    const link = template.replace(/\{.*\}$/, '')
    const url = URL.canParse(link) ? new URL(link) : undefined
    const hosts = [api.host, api.host.replace(/^api\./, 'uploads.')]
    if (url === undefined || url.protocol !== api.protocol || !hosts.includes(url.host))
      throw new KitError('ACCESS_DENIED', `${this.where} takes uploads on another host, which is not told the token`) // prettier-ignore
    this.#uploads ??= new HttpClient({ url: new URL(url.origin) })
    return { http: this.#uploads, path: url.pathname }
  }

  /** Renames an asset. @returns false where another one has that name. */
  async rename(id: number, name: string, signal: AbortSignal): Promise<boolean> {
    const answer = await this.#json(
      'PATCH',
      `${this.#repo}/releases/assets/${id}`,
      { name },
      signal
    )
    if (answer.status === 422) {
      answer.body.resume()
      return false
    }
    await this.#value(answer, ASSET, signal)
    return true
  }

  /** Removes an asset. Removing one that is not there is no error. */
  async remove(id: number, signal: AbortSignal): Promise<void> {
    const path = `${this.#repo}/releases/assets/${id}`
    const answer = await this.#send({ method: 'DELETE', path }, signal)
    if (answer.status === 404 || (answer.status >= 200 && answer.status < 300))
      return void answer.body.resume()
    throw apiError(await this.#http.refusalOf(answer, signal))
  }

  /** Reads a range of an asset. Where it lies at another host, that one is not told the token. */
  async download(id: number, range: ByteRange, signal: AbortSignal): Promise<LinkedAnswer> {
    const headers = { ...rangeHeaders(range), accept: 'application/octet-stream' }
    const path = `${this.#repo}/releases/assets/${id}`
    const answer = await this.#send({ path, headers, keepsRedirect: true }, signal)
    const { location } = answer.headers
    if (answer.status < 300 || answer.status >= 400 || location === undefined)
      return { http: this.#http, answer }
    answer.body.destroy()
    return await this.#linked.send(location, { headers: rangeHeaders(range), signal })
  }

  close(): void {
    this.#http.close()
    this.#linked.close()
    this.#uploads?.close()
  }
}
