/** The body of a request that is sent piece by piece. */
import type { ClientRequest } from 'node:http'
import type { FileContent } from './facets/named-files.js'

/**
 * Sends content as the body of a request. The next piece is asked for when the one before has gone
 * out, since its memory may be used again. It stops when the other side refuses before the end.
 */
export function sendContent(sent: ClientRequest, content: FileContent): void {
  const stopped = new Promise<void>((resolve) => {
    sent.once('close', resolve)
    sent.once('response', ({ statusCode = 0 }) => {
      if (statusCode >= 300) resolve()
    })
  })
  let isStopped = false
  void stopped.then(() => (isStopped = true))
  const feed = async (): Promise<void> => {
    for await (const piece of content()) {
      if (isStopped) return
      const gone = new Promise<void>((resolve) => sent.write(piece, () => resolve()))
      await Promise.race([gone, stopped])
    }
    sent.end()
  }
  // The content's own error is what the request fails with.
  feed().catch((error: unknown) => sent.destroy(error as Error))
}
