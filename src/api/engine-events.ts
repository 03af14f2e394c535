/** The events of the engine, as Server-Sent Events and as messages of a WebSocket. */
import type { z } from 'zod'
import type { HttpCall } from '../http/http-call.js'
import type { EventLog } from '../operations/event-log.js'
import type { EngineEvent } from '../operations/events.js'
import { RequestError, queryInput } from './api-input.js'
import { eventChoice } from './operations/events.js'
import { eventText, sendEvents } from './event-stream.js'

type Request = Pick<HttpCall, 'request' | 'query' | 'signal'>

/** @throws RequestError, BUSY, and ABORTED where the client goes away. */
export const sendEngineEvents = async (log: EventLog, call: HttpCall): Promise<void> =>
  await sendEvents(call, textsOf(watched(log, call)))

async function* textsOf(
  events: AsyncIterable<EngineEvent>
): AsyncGenerator<string, void, undefined> {
  for await (const event of events) yield eventText(event.id, event.type, event)
}

/** Returns messages of a WebSocket. @throws RequestError, BUSY. */
export const engineMessages = (
  log: EventLog,
  call: Request
): AsyncGenerator<string, void, undefined> => messagesOf(watched(log, call))

async function* messagesOf(
  events: AsyncIterable<EngineEvent>
): AsyncGenerator<string, void, undefined> {
  for await (const event of events) yield JSON.stringify(event)
}

function watched(log: EventLog, call: Request): AsyncGenerator<EngineEvent, void, undefined> {
  const input = queryInput(eventChoice, {}, call) as z.infer<typeof eventChoice>
  return log.watch({ types: input.type, after: lastKnown(call) ?? input.after }, call.signal)
}

/** Returns what a client says that comes again, as browsers do by themselves. @throws RequestError. */
function lastKnown({ request }: Request): number | undefined {
  const given = request.headers['last-event-id']
  if (given === undefined || given === '') return undefined
  const id = Number(given)
  if (typeof given === 'string' && /^\d+$/.test(given) && Number.isSafeInteger(id)) return id
  throw new RequestError('Last-Event-ID is no id of an event')
}
