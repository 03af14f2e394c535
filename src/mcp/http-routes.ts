/** `/mcp`: the server for assistants over streamable HTTP. Its libraries are loaded by the first request. */
import type { HttpRoute } from '../http/http-call.js'
import type { Services } from '../operations/services.js'
import type { McpParts } from './server.js'
import type { McpSettings } from './tool.js'

/** Of this machine nothing but the home is read over HTTP; `/mcp/read-only` changes nothing. */
export function mcpRoutes(services: Services, settings: () => McpSettings): HttpRoute[] {
  const parts = { services, settings, roots: [] }
  return [
    { methods: ['POST'], path: '/mcp', answer: answerWith({ ...parts, readOnly: false }) },
    { methods: ['POST'], path: '/mcp/read-only', answer: answerWith({ ...parts, readOnly: true }) }
  ]
}

function answerWith(parts: McpParts): HttpRoute['answer'] {
  let handler: HttpRoute['answer'] | undefined
  return async (call) => {
    handler ??= (await import('./http-handler.js')).httpHandler(parts)
    await handler(call)
  }
}
