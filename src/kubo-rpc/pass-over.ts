/**
 * Reads on what a client still sends after it was answered. One whose connection is closed while it sends would
 * never see the answer.
 */
import type { IncomingMessage } from 'node:http'

/** Bytes after which a client that does not look at its answer is cut off. */
const MOST = 64 << 20

/** Calls `end` once all has come, or too much. */
export function passOver(request: IncomingMessage, end: () => void): void {
  if (request.readableEnded || request.destroyed) return end()
  let passed = 0
  request.on('data', (piece: Buffer) => {
    passed += piece.length
    if (passed > MOST) request.destroy()
  })
  request.on('error', () => undefined)
  request.once('close', end)
  request.once('end', end)
  request.resume()
}
