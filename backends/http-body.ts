/** The body of a request that is sent piece by piece. */
import type { ClientRequest } from 'node:http'
import type { FileContent } from './facets/named-files.js'

/** Servers that know nothing of `Expect` are waited for so long. */
const EXPECT_MS = 1000

/**
 * Sends content as the body of a request; where the headers have `Expect`, once the other side wants it. The next piece is asked for when the one before has gone
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
    if (sent.hasHeader('expect')) await Promise.race([wanted(sent), stopped])
    if (isStopped) return closeAfterAnswer(sent)
    for await (const piece of content()) {
      if (isStopped) return closeAfterAnswer(sent)
      const gone = new Promise<void>((resolve) => sent.write(piece, () => resolve()))
      await Promise.race([gone, stopped])
    }
    sent.end()
  }
  // The content's own error is what the request fails with.
  feed().catch((error: unknown) => sent.destroy(error as Error))
}

/** A connection on which a body was not sent to its end is good for nothing else. */
function closeAfterAnswer(sent: ClientRequest): void {
  const { res } = sent as ClientRequest & { readonly res?: NodeJS.EventEmitter | null }
  if (res === undefined || res === null) sent.destroy()
  else res.once('close', () => sent.destroy())
}

function wanted(sent: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, EXPECT_MS)
    const go = (): void => {
      clearTimeout(timer)
      resolve()
    }
    sent.once('continue', go)
    sent.once('close', go)
  })
}
