/** `/metrics` over HTTP, for Prometheus: on this machine alone, where the configuration says so. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { isLoopback } from '../core/loopback.js'
import { prometheusText } from './prometheus.js'
import type { EngineReport } from './report.js'

/** The type of the text format, which a scraper looks at. */
const TYPE = 'text/plain; version=0.0.4; charset=utf-8'

const LATE_MS = 5000
const MAX_CONNECTIONS = 16

/** @throws EADDRINUSE, EACCES of the system. */
export async function serveMetrics(
  { host, port }: { readonly host: string; readonly port: number },
  report: () => EngineReport
): Promise<Server> {
  const limits = { headersTimeout: LATE_MS, requestTimeout: LATE_MS, keepAliveTimeout: LATE_MS }
  const server = createServer(limits, (request, response) => {
    try {
      answer(request, response, report)
    } catch (error) {
      console.error('metrics cannot be told', error)
      if (!response.headersSent) response.writeHead(500)
      response.end()
    }
  })
  // Who else is on this machine must not take all descriptors of the engine.
  server.maxConnections = MAX_CONNECTIONS
  server.listen(port, host)
  await once(server, 'listening')
  server.on('error', (error) => console.error('/metrics failed', error))
  server.unref()
  return server
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  report: () => EngineReport
): void {
  const end = (status: number, type: string, text: string): void => {
    response.writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff' })
    response.end(request.method === 'HEAD' ? undefined : text)
  }
  // A name that somebody else's DNS leads here must not read what a page may not.
  const host = (request.headers.host ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
  const isPage = request.headers.origin !== undefined
  if (isPage || (host !== 'localhost' && !isLoopback(host)))
    end(403, 'text/plain', 'ask by 127.0.0.1, and not from a page\n')
  else if (request.method !== 'GET' && request.method !== 'HEAD') end(405, 'text/plain', 'GET\n')
  else if (request.url?.split('?')[0] === '/metrics') end(200, TYPE, prometheusText(report()))
  else end(404, 'text/plain', 'there is /metrics\n')
}
