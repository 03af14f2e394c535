/** Serves HTTP by a table of routes: to this machine alone, or to whoever brings the token. */
import { timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Log } from '../core/log.js'
import { utf8 } from '../core/bytes.js'
import { sha256 } from '../core/hash.js'
import { isLoopback } from '../core/loopback.js'
import { readToken, type Listen } from '../config/listen.js'
import { answerCall, type HttpRoute } from '../http/http-call.js'
import { limitConnections } from '../http/connection-limit.js'

export interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

/** Answers to GET and HEAD, by path. */
export type Routes = Readonly<Record<string, () => Answer>>

/** How long a client may take for its headers, its request, or between requests. */
const CLIENT_TIMEOUT_MS = 5000
/** Connections at a time, each of which costs the engine a descriptor. */
const MAX_CONNECTIONS = 16
/** How often it is looked for clients that took too long; Node's own default is 30 s. */
const CHECK_MS = 1000

/** What is served to those alone who bring a token, whoever else is on this machine. */
export interface Guarded {
  /** What the paths of these routes begin with. */
  readonly prefix: string
  readonly tokenFile: string
  readonly routes: () => Promise<readonly HttpRoute[]>
}

/** Listens until the process ends. @throws EADDRINUSE, EACCES of the system. */
export async function serveHttp(
  listen: Listen,
  routes: Routes,
  log: Log,
  guarded?: Guarded
): Promise<Server> {
  const { host, port } = listen
  const limits = {
    headersTimeout: CLIENT_TIMEOUT_MS,
    requestTimeout: CLIENT_TIMEOUT_MS,
    keepAliveTimeout: CLIENT_TIMEOUT_MS,
    connectionsCheckingInterval: CHECK_MS
  }
  const server = createServer(limits, (request, response) => {
    if (guarded !== undefined && request.url?.startsWith(guarded.prefix) === true)
      void answerGuarded(request, response, listen, guarded, log)
    else send(request, response, answerOf(request, listen, routes, log))
  })
  limitConnections(server, MAX_CONNECTIONS, CLIENT_TIMEOUT_MS)
  server.listen(port, host)
  await once(server, 'listening')
  server.on('error', (error) => log.error('the HTTP server failed', error))
  server.unref()
  return server
}

/** How long a client of these may be silent, and an answer may take to be made. */
const GUARDED_TIMEOUT_MS = 60_000

/** Never rejects. */
async function answerGuarded(
  request: IncomingMessage,
  response: ServerResponse,
  { tokenFile }: Listen,
  guarded: Guarded,
  log: Log
): Promise<void> {
  // A page that a browser shows, and foreign DNS, have no business here even with the token.
  if (tokenFile === null && !isLocalRequest(request)) return send(request, response, NOT_LOCAL)
  if (!hasToken(request, tokenFile ?? guarded.tokenFile, log))
    return send(request, response, text(401, `a token is needed, as in \`Authorization: Bearer TOKEN\`; that of this engine is in run/token of its home\n`)) // prettier-ignore
  request.socket.setTimeout(GUARDED_TIMEOUT_MS)
  try {
    await answerCall(request, response, await guarded.routes(), log)
  } catch (error) {
    log.error('an answer failed', error)
    response.destroy()
  }
}

const text = (status: number, body: string): Answer => ({ status, type: 'text/plain', body })

const NOT_LOCAL = text(403, 'only programs that ask 127.0.0.1 or localhost are answered, not web pages\n') // prettier-ignore

/** Answers a request. An error of a route becomes status 500, so that it cannot end the engine. */
function answerOf(
  request: IncomingMessage,
  { tokenFile }: Listen,
  routes: Routes,
  log: Log
): Answer {
  if (tokenFile === null && !isLocalRequest(request)) return NOT_LOCAL
  if (tokenFile !== null && !hasToken(request, tokenFile, log))
    return text(401, 'a token is needed, as in `Authorization: Bearer TOKEN`\n')
  if (request.method !== 'GET' && request.method !== 'HEAD') return text(405, 'GET\n')
  const path = request.url?.split('?')[0] ?? ''
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined
  if (route === undefined) return text(404, `available: ${Object.keys(routes).join(', ')}\n`)
  try {
    return route()
  } catch (error) {
    log.error(`${path} cannot be answered`, error)
    return text(500, 'the answer failed; see the log of the engine\n')
  }
}

/** Refuses requests from web pages, and names that foreign DNS points here (DNS rebinding). */
function isLocalRequest({ headers }: IncomingMessage): boolean {
  const host = (headers.host ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
  return headers.origin === undefined && (host === 'localhost' || isLoopback(host))
}

/** Returns whether a request brings the token. It is read each time, so that it can be replaced. */
function hasToken({ headers }: IncomingMessage, tokenFile: string, log: Log): boolean {
  const [, given] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? []
  if (given === undefined) return false
  try {
    // Hashes have one length, as a comparison in constant time needs.
    return timingSafeEqual(sha256(utf8(given)), sha256(utf8(readToken(tokenFile))))
  } catch (error) {
    log.error('the token cannot be read, so nobody is answered', error)
    return false
  }
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, {
    'content-type': answer.type,
    'x-content-type-options': 'nosniff',
    ...(answer.status === 401 ? { 'www-authenticate': 'Bearer' } : {})
  })
  response.end(request.method === 'HEAD' ? undefined : answer.body)
}
