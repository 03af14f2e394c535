/** A server of HTTP: whom it admits, the routes that answer, and the limits of its clients. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { toKitError } from '../core/errors.js'
import type { Log } from '../core/log.js'
import type { Admit } from './admission.js'
import { cutConnections, limitConnections } from './connection-limit.js'
import { answerCall, type HttpRoute } from './http-call.js'
import { lingerOnClose } from './lingering-close.js'
import { sendProblem } from './problem.js'
import { RouteTable } from './route-table.js'
import { serveWebSockets } from './web-sockets.js'
import { serveTunnels } from './tunnels.js'

/** Limits of clients, in milliseconds. */
export interface ClientLimits {
  /** Connections at a time. */
  readonly connections: number
  /** How long a connection may be silent. */
  readonly idle: number
  /** How long headers may take, and how long a connection is kept for its next request. */
  readonly headers: number
  /** How long a whole request may take; 0 for uploads, which take as long as they take. */
  readonly request: number
  /** How often a client of a WebSocket is asked whether it is there; every 30 s by default. */
  readonly ping?: number
}

export interface ServerChoice {
  /** Makes the routes when the first request comes, and again where that failed. */
  readonly routes: () => Promise<readonly HttpRoute[]>
  /** Undefined where whoever connects is known already. */
  readonly admit?: Admit | undefined
  readonly limits: ClientLimits
  /** Whether clients may tunnel to this server through itself. */
  readonly hasTunnels?: boolean
  /** Whether routes may have WebSockets. */
  readonly hasWebSockets?: boolean
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer } | undefined
  readonly log: Pick<Log, 'error'>
}

const PING_MS = 30_000
/** How often it is looked for clients that took too long; Node's own default is 30 s. */
const CHECK_MS = 1000

/** Returns a server that does not listen yet. */
export function httpServer(choice: ServerChoice): Server {
  const { routes, admit, limits, tls, log } = choice
  let made: Promise<void> | undefined
  let table: RouteTable | undefined
  const find = (path: string): HttpRoute | undefined => table!.find(path)
  const make = (): Promise<void> =>
    (made ??= routes().then(
      (found) => void (table = new RouteTable(found)),
      (error: unknown) => {
        made = undefined
        throw error
      }
    ))
  const begin = (request: IncomingMessage, response: ServerResponse): void => {
    if (table !== undefined && !hasBody(request))
      return void answerCall(request, response, find, log, admit)
    make().then(
      () => answerCall(request, response, find, log, admit),
      (error: unknown) => {
        log.error('HTTP cannot be answered', error)
        sendProblem(request, response, toKitError(error), { status: 500 })
      }
    )
  }
  const { answer, isBusy } = inTurn(begin)
  const options = {
    handshakeTimeout: limits.headers,
    headersTimeout: limits.headers,
    requestTimeout: limits.request,
    keepAliveTimeout: limits.headers,
    connectionsCheckingInterval: CHECK_MS
  }
  const server =
    tls === undefined ? createServer(options, answer) : createTlsServer({ ...options, ...tls }, answer) // prettier-ignore
  const keep = limitConnections(server, limits.connections, limits.idle)
  lingerOnClose(server)
  const { ping: pingMs = PING_MS } = limits
  if (choice.hasWebSockets === true)
    serveWebSockets(server, { admit, make, find, isBusy, keep, pingMs, log })
  if (choice.hasTunnels === true && admit !== undefined) serveTunnels(server, admit)
  return server
}

/** What came of a body with the headers is looked at first: one that lies is refused, and not answered. */
const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined

/** Requests that may wait on one connection for those before them. */
const MAX_PIPELINED = 32

type Begin = (request: IncomingMessage, response: ServerResponse) => void

/**
 * Answers the requests of one connection one after the other: a client that sends many without reading has work done
 * for one of them at a time, and what waits is never begun when it has gone.
 */
function inTurn(begin: Begin): {
  readonly answer: Begin
  /** Returns whether a connection waits for an answer. */
  readonly isBusy: (socket: Socket) => boolean
} {
  const lines = new WeakMap<Socket, Line>()
  const start = (line: Line, request: IncomingMessage, response: ServerResponse): void => {
    response.on('close', () => {
      const next = line.waiting.shift()
      line.isBusy = next !== undefined
      if (next !== undefined && !request.socket.destroyed) start(line, ...next)
    })
    begin(request, response)
  }
  const answer: Begin = (request, response) => {
    const { socket } = request
    let line = lines.get(socket)
    if (line === undefined) lines.set(socket, (line = { isBusy: false, waiting: [] }))
    if (!line.isBusy) {
      line.isBusy = true
      start(line, request, response)
    } else if (line.waiting.length < MAX_PIPELINED) line.waiting.push([request, response])
    else socket.destroy()
  }
  return { answer, isBusy: (socket) => lines.get(socket)?.isBusy === true }
}

/** The requests of one connection. */
interface Line {
  isBusy: boolean
  readonly waiting: Parameters<Begin>[]
}

/** Begins to listen. @throws EADDRINUSE, EACCES of the system. */
export async function listenAt(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
  log: Pick<Log, 'error'>
): Promise<void> {
  server.listen(port, host)
  await once(server, 'listening')
  server.on('error', (error) => log.error('the HTTP server failed', error))
  server.unref()
}

/** Takes no more requests, and resolves when those under way are answered, or are cut off. */
export async function closeServer(server: Server, patienceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const late = setTimeout(() => {
    server.closeAllConnections()
    cutConnections(server)
  }, patienceMs)
  await closed
  clearTimeout(late)
}
