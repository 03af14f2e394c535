/**
 * HTTP to one configured host: nothing else is ever asked. Redirects go to that host or one
 * below it; what its name resolves to is looked at again for every connection.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { LookupFunction } from 'node:net'
import { onAbort } from '../src/core/abort.js'
import { systemClock } from '../src/core/clock.js'
import { KitError, systemCode } from '../src/core/errors.js'
import type { FileContent } from './facets/named-files.js'
import { sendContent } from './http-body.js'
import { redirectTarget } from './http-redirect.js'
import { isLocalhost, lookupFor } from './lookup.js'
import type { Refusal } from './http-status.js'
import { paceOf, restIn, type Pace } from './pace.js'

const MAX_REDIRECTS = 3
/** Bytes of a body that is no success. */
const MAX_REFUSAL = 64 * 1024

/** The place where a backend listens: a URL, or a unix socket with the path before its requests. */
export type Origin =
  { readonly url: URL } | { readonly socketPath: string; readonly prefix: string }

export interface HttpRequest {
  readonly method?:
    'GET' | 'POST' | 'HEAD' | 'PUT' | 'DELETE' | 'PATCH' | 'MKCOL' | 'MOVE' | 'PROPFIND'
  /** Path and query, behind the origin. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** Bytes, or what begins them; of a length unknown then, unless the headers say it. */
  readonly body?: Uint8Array | FileContent
  /** Gives a redirect as the answer that it is. */
  readonly keepsRedirect?: boolean
  readonly signal: AbortSignal
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  /** The path that gave it, behind redirects. */
  readonly path: string
  /** The body as it comes; leaving it unread closes the connection. */
  readonly body: IncomingMessage
}

export interface HttpSettings {
  /** Connections at a time. */
  readonly sockets?: number
  /** Certificates of authorities that are trusted instead of the usual ones. */
  readonly ca?: Uint8Array | undefined
  /** Whether the name of the host may lead into this network. Redirects never may. */
  readonly trustsName?: boolean
}

export class HttpClient {
  readonly #origin: Origin
  readonly #trustsName: boolean
  readonly #agent: HttpAgent | HttpsAgent
  readonly #headers: Readonly<Record<string, string>>
  readonly #pace: Pace

  /** @param headers sent with every request to this host, such as its Authorization. */
  constructor(
    origin: Origin,
    headers: Readonly<Record<string, string>> = {},
    { sockets = 32, ca, trustsName = false }: HttpSettings = {}
  ) {
    this.#origin = origin
    this.#trustsName = trustsName
    this.#headers = headers
    this.#pace = paceOf(this.where)
    const options = { keepAlive: true, maxSockets: sockets, maxFreeSockets: sockets }
    const secure = 'url' in origin && origin.url.protocol === 'https:'
    const trusted = ca === undefined ? {} : { ca: Buffer.from(ca) }
    this.#agent = secure ? new HttpsAgent({ ...options, ...trusted }) : new HttpAgent(options)
  }

  /** The host or the socket, for messages. */
  get where(): string {
    return 'url' in this.#origin ? this.#origin.url.host : this.#origin.socketPath
  }

  /** How long the host wants to be left alone still, in ms. */
  get restMs(): number {
    return this.#pace.restMs
  }

  /**
   * Sends a request, once the host may be asked; that wait does not count in the time of the call.
   * @throws BACKEND_UNAVAILABLE, TIMEOUT, RATE_LIMITED, or the signal's reason.
   */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    let target = this.#target(request.path)
    for (let hop = 0; ; hop++) {
      const answer = await this.#atItsPace(request, target)
      const location = answer.headers.location
      const isRedirect = answer.status >= 300 && answer.status < 400 && location !== undefined
      if (!isRedirect || request.keepsRedirect === true) return answer
      answer.body.destroy()
      if (hop === MAX_REDIRECTS)
        throw this.#unavailable(`redirects more than ${MAX_REDIRECTS} times`)
      target = this.#follow(target, location)
    }
  }

  async #atItsPace(request: HttpRequest, target: Target): Promise<HttpAnswer> {
    const { signal } = request
    const run = await this.#pace.turn(this.where, signal)
    const answer = await this.#once(request, target)
    const rest = restIn(answer, systemClock.now())
    if (rest === undefined) this.#pace.accepted()
    else this.#pace.refused(run, rest.ms)
    return answer
  }

  #target(path: string): Target {
    const origin = this.#origin
    if ('socketPath' in origin)
      return {
        socketPath: origin.socketPath,
        path: origin.prefix + path,
        host: 'localhost',
        own: true
      }
    const base = origin.url.pathname.replace(/\/$/, '')
    return { url: new URL(base + path, origin.url), own: true }
  }

  #follow(from: Target, location: string): Target {
    const origin = this.#origin
    if (!('url' in from) || !('url' in origin))
      throw this.#unavailable('answers with a redirect, which a socket cannot follow')
    return redirectTarget(origin.url, from.url, location)
  }

  #once(request: HttpRequest, target: Target): Promise<HttpAnswer> {
    const { method = 'GET', body, signal } = request
    const headers: Record<string, string> = {
      // Compressed bytes could not be checked before they are inflated.
      'accept-encoding': 'identity',
      ...(target.own ? this.#headers : {}),
      ...request.headers
    }
    if (body instanceof Uint8Array) headers['content-length'] = String(body.length)
    const common = { method, headers, agent: this.#agent }
    return new Promise((resolve, reject) => {
      let release = (): void => undefined
      const fail = (error: Error): void => {
        release()
        reject(this.#failure(error, signal))
      }
      const sent =
        'url' in target
          ? (target.url.protocol === 'https:' ? httpsRequest : httpRequest)(target.url, {
              ...common,
              agent: target.url.protocol === protocolOf(this.#origin) ? this.#agent : undefined,
              lookup: this.#lookup(target)
            })
          : httpRequest({ ...common, socketPath: target.socketPath, path: target.path })
      // Node's own handling of signals costs as much as the request.
      const abort = (): void => void sent.destroy(new Error('aborted'))
      release = onAbort(signal, abort)
      // A body that is refused before its end may fail once more after the answer.
      sent.on('error', fail)
      // Nobody asked for another protocol, and without a listener this would be neither answer nor error.
      sent.once('upgrade', (_message, socket) => {
        socket.destroy()
        fail(new Error('changes to another protocol'))
      })
      sent.once('response', (message) => {
        release()
        message.on('error', () => undefined)
        const path = 'url' in target ? target.url.pathname : target.path
        resolve({ status: message.statusCode ?? 0, headers: message.headers, path, body: message })
      })
      if (typeof body === 'function') sendContent(sent, body)
      else sent.end(body)
      if (signal.aborted) abort()
    })
  }

  #lookup({ url, own }: Extract<Target, { readonly url: URL }>): LookupFunction | undefined {
    return own && this.#trustsName && !isLocalhost(url.hostname)
      ? undefined
      : lookupFor(url.hostname, !own)
  }

  #failure(error: Error, signal: AbortSignal): Error {
    if (signal.aborted) return signal.reason as Error
    if (error instanceof KitError) return error
    return this.#unavailable(systemCode(error) ?? error.message, error)
  }

  #unavailable(reason: string, cause?: unknown): KitError {
    return new KitError('BACKEND_UNAVAILABLE', `${this.where}: ${reason}`, { cause })
  }

  /**
   * The whole body of an answer.
   * @param maxBytes that are taken; more is refused before it is kept.
   * @throws TOO_LARGE, BACKEND_UNAVAILABLE when it ends early.
   */
  bodyOf(answer: HttpAnswer, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
    const promised = Number(answer.headers['content-length'] ?? Number.NaN)
    const tooLarge = (): KitError =>
      new KitError('TOO_LARGE', `${this.where} answers with more than ${maxBytes} bytes`)
    if (promised > maxBytes) {
      answer.body.destroy()
      return Promise.reject(tooLarge())
    }
    const { body } = answer
    return new Promise((resolve, reject) => {
      const parts: Buffer[] = []
      let length = 0
      const end = (error?: Error): void => {
        release()
        if (error === undefined) {
          resolve(parts.length === 1 ? parts[0]! : Buffer.concat(parts, length))
          return
        }
        body.destroy()
        reject(this.#failure(error, signal))
      }
      const abort = (): void => end(signal.reason as Error)
      const release = onAbort(signal, abort)
      body.on('data', (part: Buffer) => {
        length += part.length
        parts.push(part)
        if (length > maxBytes) end(tooLarge())
      })
      body.on('end', () => end(body.complete ? undefined : this.#cutShort()))
      body.on('error', () => end(this.#cutShort()))
      body.on('close', () => {
        if (!body.complete) end(this.#cutShort())
      })
      if (signal.aborted) abort()
    })
  }

  #cutShort(): KitError {
    return this.#unavailable('the answer is cut short')
  }

  /** The body as it comes. @throws as `bodyOf`. */
  async *stream(answer: HttpAnswer, signal: AbortSignal): AsyncIterable<Uint8Array> {
    const release = onAbort(signal, () => void answer.body.destroy(signal.reason as Error))
    try {
      if (signal.aborted) throw signal.reason
      for await (const part of answer.body) yield part as Buffer
      if (!answer.body.complete) throw this.#cutShort()
    } catch (error) {
      throw this.#failure(error as Error, signal)
    } finally {
      release()
      if (!answer.body.complete) answer.body.destroy()
    }
  }

  /** An answer that is no success, with the beginning of what it says. */
  async refusalOf(answer: HttpAnswer, signal: AbortSignal): Promise<Refusal> {
    const text = await this.bodyOf(answer, MAX_REFUSAL, signal).then(
      (bytes) => Buffer.from(bytes).toString('utf8'),
      () => ''
    )
    const rests = restIn(answer, systemClock.now()) !== undefined
    return { where: this.where, status: answer.status, text, rests }
  }

  close(): void {
    this.#agent.destroy()
  }
}

type Target =
  | { readonly url: URL; readonly own: boolean }
  | {
      readonly socketPath: string
      readonly path: string
      readonly host: string
      readonly own: true
    }

const protocolOf = (origin: Origin): string => ('url' in origin ? origin.url.protocol : 'http:')
