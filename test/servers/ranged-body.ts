/** Answers a request for a file with the range that it asks for. Source: RFC 9110, 14 */
import type { IncomingMessage, ServerResponse } from 'node:http'

export function sendRange(request: IncomingMessage, response: ServerResponse, bytes: Buffer): void {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? []
  if (first === undefined) return void response.end(bytes)
  const from = Number(first)
  const end = last === '' ? bytes.length : Math.min(bytes.length, Number(last) + 1)
  if (from >= bytes.length)
    return void response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end()
  response.writeHead(206, { 'content-range': `bytes ${from}-${end - 1}/${bytes.length}` })
  response.end(bytes.subarray(from, end))
}

export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts)
}
