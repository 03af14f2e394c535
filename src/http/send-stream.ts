/** Sends what is made while it is sent, such as archives. */
import { sendPieces, type HttpCall } from './http-call.js'

/**
 * Makes the first piece before the head is written: an error until then is told with a status of its own.
 * @throws ABORTED where the client goes away, and what the pieces throw.
 */
export async function sendStream(
  call: HttpCall,
  pieces: AsyncIterable<Uint8Array>,
  writeHead: () => void
): Promise<void> {
  const rest = pieces[Symbol.asyncIterator]()
  try {
    const first = await rest.next()
    writeHead()
    if (call.request.method === 'HEAD') call.response.end()
    else await sendPieces(call, from(first, rest))
  } finally {
    await rest.return?.()
  }
}

async function* from(
  first: IteratorResult<Uint8Array, unknown>,
  rest: AsyncIterator<Uint8Array>
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let next = first; next.done !== true; next = await rest.next()) yield next.value
}
