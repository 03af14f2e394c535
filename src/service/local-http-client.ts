/** Asks an engine over HTTP on its socket. */
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'

/**
 * Returns the body of an answer; undefined where there is no engine, or one that cannot answer: an
 * older one, or one that ends.
 * @throws ABORTED.
 */
export async function askHttp(
  socketPath: string,
  path: string,
  signal: AbortSignal
): Promise<Uint8Array | undefined> {
  try {
    const call = request({ socketPath, path, agent: false, signal })
    call.end()
    const [answer] = (await once(call, 'response')) as [IncomingMessage]
    const body = await buffer(answer)
    return answer.statusCode === 200 ? body : undefined
  } catch {
    signal.throwIfAborted()
    return undefined
  }
}
