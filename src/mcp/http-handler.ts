/** Between requests of node:http and those that the library takes. */
import { createMcpHandler } from '@modelcontextprotocol/server'
import { sendPieces, type HttpCall } from '../http/http-call.js'
import { makeServer, type McpParts } from './server.js'

/** Largest request in bytes: content that is added comes in one. */
const MAX_REQUEST = 8 << 20

/** Returns what answers requests over streamable HTTP. Nothing is kept between two of them. */
export function httpHandler(parts: McpParts): (call: HttpCall) => Promise<void> {
  const handler = createMcpHandler(() => makeServer(parts), { maxRequestBodySize: MAX_REQUEST })
  return async (call) => {
    const { status, headers, body } = await handler.fetch(requestOf(call))
    call.response.writeHead(status, Object.fromEntries(headers))
    if (body === null) return void call.response.end()
    await sendPieces(call, body as AsyncIterable<Uint8Array>)
  }
}

/** The host is not looked at: who may call was decided before. */
function requestOf({ request, path, signal }: HttpCall): Request {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value)
  const { method = 'POST' } = request
  const body = request as AsyncIterable<Uint8Array>
  return new Request(`http://localhost${path}`, { method, headers, body, duplex: 'half', signal })
}
