/** HTTP on the socket of a home, which only its user can open: no token is needed. */
import { createServer, type Server } from 'node:http'
import { toKitError } from '../core/errors.js'
import type { Log } from '../core/log.js'
import { answerCall, type HttpRoute } from './http-call.js'
import { limitConnections } from './connection-limit.js'
import { lingerOnClose } from './lingering-close.js'

const MAX_CONNECTIONS = 256
/** How long a connection may be silent. A large file that is added says nothing until it is durable. */
const IDLE_MS = 10 * 60_000
/** How long a client may take for its headers, and keep a connection for its next request. */
const CLIENT_TIMEOUT_MS = 60_000

/**
 * Returns a server that is handed connections.
 * @param routes are made when the first request comes, and again where that failed.
 */
export function localHttp(
  routes: () => Promise<readonly HttpRoute[]>,
  log: Pick<Log, 'error'>
): Server {
  let made: Promise<readonly HttpRoute[]> | undefined
  const limits = {
    headersTimeout: CLIENT_TIMEOUT_MS,
    keepAliveTimeout: CLIENT_TIMEOUT_MS,
    // An upload takes as long as it takes.
    requestTimeout: 0
  }
  const server = createServer(limits, (request, response) => {
    made ??= routes()
    made.then(
      (found) => answerCall(request, response, found, log),
      (error: unknown) => {
        made = undefined
        log.error('HTTP cannot be answered', error)
        response.writeHead(500, { connection: 'close' }).end(`${toKitError(error).message}\n`)
      }
    )
  })
  limitConnections(server, MAX_CONNECTIONS, IDLE_MS)
  lingerOnClose(server)
  return server
}
