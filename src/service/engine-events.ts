/** Hears the events of an engine by its socket, as any other program does. */
import { request, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { ERROR_CODES, KitError, type ErrorCode } from '../core/errors.js'
import { answerTo } from '../core/http-answer.js'
import type { EngineEvent, EventChoice } from '../operations/events.js'

/** Characters of an event; longer ones are none. */
const MAX_EVENT = 1 << 20

/**
 * Yields events until the signal comes, or the engine ends.
 * @throws PATH_NOT_FOUND where no engine runs; BUSY; ABORTED; CLOSED where the engine is killed.
 */
export async function* engineEvents(
  socketPath: string,
  choice: EventChoice,
  signal: AbortSignal
): AsyncGenerator<EngineEvent, void, undefined> {
  const answer = await asked(socketPath, choice, signal)
  answer.setEncoding('utf8')
  let rest = ''
  try {
    for await (const piece of answer) {
      const lines = (rest + (piece as string)).split('\n')
      rest = lines.pop()!
      for (const line of lines)
        if (line.startsWith('data: ')) yield JSON.parse(line.slice(6)) as EngineEvent
      if (rest.length > MAX_EVENT) throw new KitError('UNSUPPORTED', 'the engine tells no events')
    }
  } catch (cause) {
    signal.throwIfAborted()
    if (cause instanceof KitError) throw cause
    throw new KitError('CLOSED', 'the engine ended without saying so', { cause })
  } finally {
    answer.destroy()
  }
}

async function asked(
  socketPath: string,
  { types = [], after }: EventChoice,
  signal: AbortSignal
): Promise<IncomingMessage> {
  const query = new URLSearchParams(types.map((type): [string, string] => ['type', type]))
  if (after !== undefined) query.set('after', String(after))
  const answer = await answered(socketPath, `/api/v1/events?${query}`, signal)
  if (answer.statusCode === 200) return answer
  throw await refusal(answer)
}

async function answered(
  socketPath: string,
  path: string,
  signal: AbortSignal
): Promise<IncomingMessage> {
  try {
    return await answerTo(request({ socketPath, path, agent: false, signal }))
  } catch (cause) {
    signal.throwIfAborted()
    throw new KitError('PATH_NOT_FOUND', 'no engine runs for this home; start one with `ipfs-kit daemon start`', { cause }) // prettier-ignore
  }
}

/** Returns what the engine says is wrong; one of another version may not know events. */
async function refusal(answer: IncomingMessage): Promise<KitError> {
  const told = (await text(answer)).trim()
  try {
    const { code, detail } = JSON.parse(told) as { code?: unknown; detail?: unknown }
    if (typeof code === 'string' && code in ERROR_CODES && code !== 'PATH_NOT_FOUND')
      return new KitError(code as ErrorCode, String(detail))
  } catch {
    // Said below.
  }
  return new KitError('UNSUPPORTED', 'the engine is of a version that tells no events; `ipfs-kit daemon restart` starts this one') // prettier-ignore
}
