/** HTTP on the socket of a home, which only its user can open: no token is needed. */
import type { Server } from 'node:http'
import type { Log } from '../core/log.js'
import type { HttpRoute } from './http-call.js'
import { httpServer, type ClientLimits } from './server.js'

const LIMITS: ClientLimits = {
  connections: 256,
  // A large file that is added says nothing until it is durable.
  idle: 10 * 60_000,
  headers: 60_000,
  request: 0
}

/** Returns a server that is handed connections. */
export const localHttp = (
  routes: () => Promise<readonly HttpRoute[]>,
  log: Pick<Log, 'error'>
): Server => httpServer({ routes, limits: LIMITS, hasWebSockets: true, log })
