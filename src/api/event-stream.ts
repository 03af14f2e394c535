/** Server-Sent Events: whole events at the pace of the client, and a sign of life where nothing happens. */
import { sendPieces, type HttpCall } from '../http/http-call.js'

/** How often a stream without events says that it is there: connections that are silent are closed. */
const PULSE_MS = 15_000

/** One event as it is sent. @param id by which a client that comes again says what it knows. */
export const eventText = (id: number, type: string, data: object): string =>
  `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`

/** @param events whole events. @throws ABORTED where the client goes away. */
export async function sendEvents(call: HttpCall, events: AsyncIterable<string>): Promise<void> {
  const { request, response } = call
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff'
  })
  if (request.method === 'HEAD') return void response.end()
  const pulse = setInterval(() => {
    // What a client does not read is not waited for twice.
    if (!response.writableNeedDrain && !response.writableEnded) response.write(':\n\n')
  }, PULSE_MS).unref()
  try {
    await sendPieces(call, events)
  } finally {
    clearInterval(pulse)
  }
}
