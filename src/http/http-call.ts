/** One request of HTTP, the routes that may answer it, and how errors are told. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { abortController } from '../core/abort.js'
import { ERROR_CODES, KitError, toKitError } from '../core/errors.js'
import type { Log } from '../core/log.js'
import type { Access, Admit } from './admission.js'
import { receiveText } from './receive-text.js'

export interface HttpCall {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The path as it was sent, still encoded, without the query. */
  readonly path: string
  readonly query: URLSearchParams
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal
}

/** A request for a WebSocket. */
export type MessageCall = Omit<HttpCall, 'response'>

export interface HttpRoute {
  readonly methods: readonly string[]
  /** The path, or what it begins with where it ends in a slash. */
  readonly path: string
  /** What it asks of clients over TCP; the token where nothing is said. */
  readonly access?: Access
  readonly answer: (call: HttpCall) => Promise<void>
  /** Tells an error, where no byte was sent yet; by default as JSON. */
  readonly tell?: (call: HttpCall, error: KitError) => void
  /** Returns what a WebSocket at the path is sent; undefined where there is none. @throws KitError. */
  readonly messages?: (call: MessageCall) => Promise<AsyncIterable<string> | undefined>
}

/** A request as it came. What few answers look at is made when one does: most are sent at once. */
class Call implements HttpCall {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly path: string
  readonly #queryText: string
  #query: URLSearchParams | undefined
  #end: AbortController | undefined

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.request = request
    this.response = response
    ;[this.path, this.#queryText] = partsOf(request.url ?? '')
  }

  get query(): URLSearchParams {
    return (this.#query ??= new URLSearchParams(this.#queryText))
  }

  get signal(): AbortSignal {
    if (this.#end === undefined) {
      this.#end = abortController()
      if (this.request.socket.destroyed || this.response.closed) this.closed()
    }
    return this.#end.signal
  }

  /** An answer that was sent whole has nothing left to end. */
  closed(): void {
    if (this.response.writableFinished) return
    this.#end?.abort(new KitError('ABORTED', 'the client went away'))
  }
}

/**
 * Answers by the route of the path. Never rejects.
 * @param admit tells why a client is not admitted, which each face tells in its own way.
 */
export async function answerCall(
  request: IncomingMessage,
  response: ServerResponse,
  find: (path: string) => HttpRoute | undefined,
  log: Pick<Log, 'error'>,
  admit?: Admit
): Promise<void> {
  const call = new Call(request, response)
  response.on('close', () => call.closed())
  if (request.httpVersionMinor === 0) resetWhenCut(request, response)
  const { path } = call
  const route = find(path)
  try {
    const refused = admit?.(request, route?.access)
    if (refused !== undefined) {
      prepareRefusal(request, response, refused)
      throw refused
    }
    if (route === undefined) throw new KitError('PATH_NOT_FOUND', `there is nothing at ${path}`)
    if (!route.methods.includes(request.method ?? '')) return refuseMethod(response, route)
    await route.answer(call)
  } catch (error) {
    tellError(call, toKitError(error), route?.tell ?? sendError, log)
  }
}

/** Says which kind of token is wanted, and does not wait for the rest of a body. */
function prepareRefusal(
  request: IncomingMessage,
  response: ServerResponse,
  { code }: KitError
): void {
  if (code === 'CREDENTIALS') response.setHeader('www-authenticate', 'Bearer')
  if (!request.complete) response.setHeader('connection', 'close')
}

/**
 * Clients of HTTP/1.0, such as proxies, know the end of a body by the end of the connection: one that is cut off must
 * end by a reset, or it would pass for whole.
 */
function resetWhenCut(request: IncomingMessage, response: ServerResponse): void {
  const destroy = response.destroy.bind(response)
  response.destroy = (error) => {
    const { socket } = request
    const isTcp = socket.remotePort !== undefined && !('encrypted' in socket)
    if (!response.writableFinished && isTcp && !socket.destroyed) socket.resetAndDestroy()
    return destroy(error)
  }
}

/**
 * Returns path and query of a URL; a `?` in the query belongs to it. A client that takes us for its proxy
 * sends the host, too (RFC 9112, 3.2.2).
 */
export function partsOf(sent: string): [string, string] {
  const url = sent.startsWith('/')
    ? sent
    : sent.replace(/^https?:\/\/[^/?]*/i, '').replace(/^(?!\/)/, '/')
  const at = url.indexOf('?')
  return at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)]
}

function refuseMethod(response: ServerResponse, { methods }: HttpRoute): void {
  response.writeHead(405, { allow: methods.join(', ') })
  response.end()
}

/** A body that cannot go on is cut off hard: every client notices, whatever else it ignores. */
function tellError(
  call: HttpCall,
  error: KitError,
  tell: NonNullable<HttpRoute['tell']>,
  log: Pick<Log, 'error'>
): void {
  if (error.code === 'INTERNAL') log.error('a request of HTTP failed', error)
  if (call.response.headersSent) return void call.response.destroy()
  tell(call, error)
}

function sendError({ response }: HttpCall, { message, code, details }: KitError): void {
  const { http, type, recoverable } = ERROR_CODES[code]
  const told = { success: false, error: message, error_type: type, code, recoverable, details }
  response.writeHead(http, { 'content-type': 'application/json', connection: 'close' })
  response.end(`${JSON.stringify(told)}\n`)
}

export function sendJson({ response }: HttpCall, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(`${JSON.stringify(value)}\n`)
}

/** Returns the object that a request brings. @throws INVALID_ARGUMENT, TOO_LARGE. */
export async function receiveJson(call: HttpCall): Promise<Readonly<Record<string, unknown>>> {
  const value = parsed(await receiveText(call))
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>
  throw new KitError('INVALID_ARGUMENT', 'the request must be an object in JSON')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new KitError('INVALID_ARGUMENT', 'the request must be an object in JSON', { cause })
  }
}

/** Sends pieces at the pace of the client. @throws ABORTED where it goes away, and what they throw. */
export async function sendPieces(
  { response, signal }: HttpCall,
  pieces: AsyncIterable<Uint8Array | string>
): Promise<void> {
  await pipeline(Readable.from(pieces, { objectMode: true, highWaterMark: 1 }), response, {
    signal
  })
}
