/** The requests of WebDAV below one folder of a server. */
import { KitError, isKitError } from '../../src/core/errors.js'
import { HttpClient, type HttpAnswer, type HttpRequest } from '../http.js'
import { isRange } from '../http-range.js'
import type { Secrets } from '../secrets.js'
import { davError } from './errors.js'
import { entriesOf, PROPFIND, type DavEntry } from './multistatus.js'
import type { WebdavOptions } from './options.js'

/** Bytes of an answer that says nothing. */
const MAX_WORDS = 64 * 1024

type Asked = Pick<HttpRequest, 'headers' | 'body' | 'signal'>

export class DavServer {
  readonly url: URL
  readonly http: HttpClient

  constructor({ url, user, ca }: WebdavOptions, secrets: Secrets) {
    this.url = new URL(url.href.replace(/\/*$/, '/'))
    const secret = secrets.text('secret')
    const headers: Record<string, string> = {}
    if (user !== undefined)
      headers['authorization'] =
        `Basic ${Buffer.from(`${user}:${secret ?? ''}`).toString('base64')}`
    else if (secret !== undefined) headers['authorization'] = `Bearer ${secret}`
    this.http = new HttpClient({ url }, headers, { ca, trustsName: true })
  }

  /** Gives the URL of a name; that of a folder ends with a slash. */
  urlOf(name: string): URL {
    return new URL(pathOf(name), this.url)
  }

  /** @throws the error of any other status than these. */
  async ask(
    method: NonNullable<HttpRequest['method']>,
    name: string,
    accepted: readonly number[],
    asked: Asked
  ): Promise<HttpAnswer> {
    const answer = await this.http.send({ method, path: `/${pathOf(name)}`, ...asked })
    if (accepted.includes(answer.status)) return answer
    throw davError(await this.http.refusalOf(answer, asked.signal))
  }

  /** @returns undefined for a folder, which shows itself to browsers, and for what is not there. */
  async get(
    name: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal
  ): Promise<HttpAnswer | undefined> {
    const answer = await this.http.send({ path: `/${pathOf(name)}`, headers, signal })
    if (answer.path.endsWith('/') || [404, 405, 410].includes(answer.status)) {
      answer.body.destroy()
      return undefined
    }
    if (isRange(answer)) return answer
    throw davError(await this.http.refusalOf(answer, signal))
  }

  /** As `ask`, for an answer whose status says everything. */
  async tell(
    method: NonNullable<HttpRequest['method']>,
    name: string,
    accepted: readonly number[],
    asked: Asked
  ): Promise<number> {
    const answer = await this.ask(method, name, accepted, asked)
    await this.http.bodyOf(answer, MAX_WORDS, asked.signal)
    return answer.status
  }

  /**
   * Looks at a name, and at what lies directly in it where `depth` is 1.
   * @returns undefined where there is nothing of that name.
   */
  async find(
    name: string,
    depth: '0' | '1',
    signal: AbortSignal
  ): Promise<{ readonly server: string; readonly entries: AsyncIterable<DavEntry> } | undefined> {
    const answer = await this.ask('PROPFIND', name, [207, 404, 410], {
      headers: { depth, 'content-type': 'application/xml; charset=utf-8' },
      body: Buffer.from(PROPFIND),
      signal
    })
    if (answer.status === 207)
      return { server: String(answer.headers.server ?? ''), entries: this.#entries(answer, signal) }
    answer.body.destroy()
    return undefined
  }

  async *#entries(answer: HttpAnswer, signal: AbortSignal): AsyncIterable<DavEntry> {
    try {
      yield* entriesOf(this.http.stream(answer, signal))
    } catch (error) {
      if (isKitError(error) || signal.aborted) throw error
      throw new KitError('BACKEND_UNAVAILABLE', `${this.url.host}: its list of files cannot be read: ${(error as Error).message}`, { cause: error }) // prettier-ignore
    } finally {
      answer.body.destroy()
    }
  }

  close(): void {
    this.http.close()
  }
}

const pathOf = (name: string): string => name.split('/').map(encodeURIComponent).join('/')
