/** Bodies of requests that are read as a whole, up to a bound. */
import type { IncomingMessage } from 'node:http'
import { KitError } from '../core/errors.js'

/** Most bytes of a body that is read as a whole. */
const MAX_BODY = 4 << 20
/** Most bytes that are passed over for a client to read the answer that it sent too much. */
const MAX_PASSED = 64 << 20

/** @throws TOO_LARGE, INVALID_ARGUMENT for what is not UTF-8. */
export async function receiveText({
  request
}: {
  readonly request: IncomingMessage
}): Promise<string> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length
    if (size <= MAX_BODY) pieces.push(piece)
    else if (size > MAX_PASSED) break
  }
  if (size > MAX_BODY) throw new KitError('TOO_LARGE', `a request has ${MAX_BODY} bytes at most`)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces))
  } catch (cause) {
    throw new KitError('INVALID_ARGUMENT', 'the body is not UTF-8', { cause })
  }
}
