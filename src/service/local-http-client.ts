/** Asks an engine over HTTP on its socket. */
import { request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { answerTo } from '../core/http-answer.js'

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
    const answer = await answerTo(request({ socketPath, path, agent: false, signal }))
    const body = await buffer(answer)
    return answer.statusCode === 200 ? body : undefined
  } catch {
    signal.throwIfAborted()
    return undefined
  }
}
