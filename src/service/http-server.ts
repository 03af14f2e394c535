/** HTTP on this machine alone: a table of routes, the first of which is `/metrics`. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { isLoopback } from '../core/loopback.js'
import type { Listen } from '../config/config.js'

export interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

/** What a path answers to GET and HEAD. */
export type Routes = Readonly<Record<string, () => Answer>>

const LATE_MS = 5000
const MAX_CONNECTIONS = 16

/** @throws EADDRINUSE, EACCES of the system. */
export async function serveHttp({ host, port }: Listen, routes: Routes): Promise<Server> {
  const limits = { headersTimeout: LATE_MS, requestTimeout: LATE_MS, keepAliveTimeout: LATE_MS }
  const server = createServer(limits, (request, response) => {
    send(request, response, answerOf(request, routes))
  })
  // Who else is on this machine must not take all descriptors of the engine.
  server.maxConnections = MAX_CONNECTIONS
  server.listen(port, host)
  await once(server, 'listening')
  server.on('error', (error) => console.error('the HTTP server failed', error))
  server.unref()
  return server
}

const text = (status: number, body: string): Answer => ({ status, type: 'text/plain', body })

function answerOf(request: IncomingMessage, routes: Routes): Answer {
  if (!isFromHere(request)) return text(403, 'ask by 127.0.0.1, and not from a page\n')
  if (request.method !== 'GET' && request.method !== 'HEAD') return text(405, 'GET\n')
  const path = request.url?.split('?')[0] ?? ''
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined
  if (route === undefined) return text(404, `there is ${Object.keys(routes).join(', ')}\n`)
  try {
    return route()
  } catch (error) {
    console.error(`${path} cannot be answered`, error)
    return text(500, 'it cannot be told now\n')
  }
}

/** A name that somebody else's DNS leads here must not read what a page may not. */
function isFromHere({ headers }: IncomingMessage): boolean {
  const host = (headers.host ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
  return headers.origin === undefined && (host === 'localhost' || isLoopback(host))
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, {
    'content-type': answer.type,
    'x-content-type-options': 'nosniff'
  })
  response.end(request.method === 'HEAD' ? undefined : answer.body)
}
