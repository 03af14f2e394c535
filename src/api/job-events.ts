/** Progress of a job: the job whenever it changed, the last time when it ended. */
import type { HttpCall } from '../http/http-call.js'
import { eventText, sendEvents } from './event-stream.js'
import type { JobReport, Jobs } from './jobs.js'

/** Sends Server-Sent Events. @throws PATH_NOT_FOUND, and ABORTED where the client goes away. */
export async function sendJobEvents(jobs: Jobs, id: string, call: HttpCall): Promise<void> {
  jobs.get(id)
  await sendEvents(call, eventsOf(jobs.watch(id, call.signal)))
}

async function* eventsOf(
  reports: AsyncIterable<JobReport>
): AsyncGenerator<string, void, undefined> {
  let count = 0
  for await (const job of reports) yield eventText(count++, 'job', job)
}

/** Characters of a message; the result of a job that is longer is asked for by itself. */
const MAX_MESSAGE = 1 << 20

/** Returns messages of a WebSocket. @throws PATH_NOT_FOUND. */
export function jobMessages(
  jobs: Jobs,
  id: string,
  signal: AbortSignal
): AsyncGenerator<string, void, undefined> {
  jobs.get(id)
  return messagesOf(jobs.watch(id, signal))
}

async function* messagesOf(
  reports: AsyncIterable<JobReport>
): AsyncGenerator<string, void, undefined> {
  for await (const job of reports) {
    const text = JSON.stringify(job)
    yield text.length <= MAX_MESSAGE ? text : JSON.stringify({ ...job, result: null })
  }
}
