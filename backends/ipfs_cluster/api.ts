/**
 * The REST API of IPFS Cluster 1.0 and later.
 * Source: https://ipfscluster.io/documentation/reference/api/
 */
import type { Shape } from '../../src/core/shape.js'
import { headerSecret } from '../bearer.js'
import type { FileContent } from '../facets/named-files.js'
import { HttpClient, type HttpAnswer } from '../http.js'
import { jsonLines, jsonOf } from '../json-answer.js'
import { multipart } from '../multipart.js'
import type { Secrets } from '../secrets.js'
import { clusterError, saysMissing } from './errors.js'

export type Query = Readonly<Record<string, string>>

const anything = (value: unknown): unknown => value

function headersOf(secrets: Secrets): Readonly<Record<string, string>> {
  if (secrets.text('basic-auth') === undefined) return {}
  const pair = headerSecret(secrets, 'basic-auth', 'the name and password')
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
}

export class ClusterApi {
  readonly #http: HttpClient

  constructor(url: URL, secrets: Secrets) {
    this.#http = new HttpClient({ url }, headersOf(secrets))
  }

  get where(): string {
    return this.#http.where
  }

  async get<T>(path: string, shape: Shape<T>, signal: AbortSignal): Promise<T> {
    return await jsonOf(this.#http, await this.#send('GET', path, {}, signal), shape, signal)
  }

  /** As `get`; undefined where the cluster says that there is no such thing. */
  async find(path: string, signal: AbortSignal): Promise<unknown> {
    const answer = await this.#http.send({ path, signal })
    if (answer.status === 200) return await jsonOf(this.#http, answer, anything, signal)
    const refusal = await this.#http.refusalOf(answer, signal)
    if (saysMissing(refusal)) return undefined
    throw clusterError(refusal)
  }

  async post<T>(path: string, query: Query, shape: Shape<T>, signal: AbortSignal): Promise<T> {
    return await jsonOf(this.#http, await this.#send('POST', path, query, signal), shape, signal)
  }

  /** Removes something. What is not there is no error. */
  async delete(path: string, signal: AbortSignal): Promise<void> {
    const answer = await this.#http.send({ method: 'DELETE', path, signal })
    if (isGood(answer)) return void answer.body.resume()
    const refusal = await this.#http.refusalOf(answer, signal)
    if (!saysMissing(refusal)) throw clusterError(refusal)
  }

  async *lines<T>(path: string, shape: Shape<T>, signal: AbortSignal): AsyncIterable<T> {
    yield* jsonLines(this.#http, await this.#send('GET', path, {}, signal), shape, signal)
  }

  /** Sends a file, and gives what the cluster says meanwhile. */
  async *upload<T>(
    path: string,
    query: Query,
    content: FileContent,
    shape: Shape<T>,
    signal: AbortSignal
  ): AsyncIterable<T> {
    const answer = await this.#send('POST', path, query, signal, content)
    yield* jsonLines(this.#http, answer, shape, signal)
  }

  async #send(
    method: 'GET' | 'POST',
    path: string,
    query: Query,
    signal: AbortSignal,
    content?: FileContent
  ): Promise<HttpAnswer> {
    const words = String(new URLSearchParams(query))
    const answer = await this.#http.send({
      method,
      path: words === '' ? path : `${path}?${words}`,
      signal,
      ...(content === undefined ? {} : multipart(content))
    })
    if (isGood(answer)) return answer
    throw clusterError(await this.#http.refusalOf(answer, signal))
  }

  close(): void {
    this.#http.close()
  }
}

const isGood = ({ status }: HttpAnswer): boolean => status >= 200 && status < 300
