/** Progress of a job as Server-Sent Events: `job` whenever it changed, and the end of the stream with its end. */
import { sendPieces, type HttpCall } from '../http/http-call.js'
import type { Jobs } from './jobs.js'

/** @throws PATH_NOT_FOUND, and ABORTED where the client goes away. */
export async function sendJobEvents(jobs: Jobs, id: string, call: HttpCall): Promise<void> {
  jobs.get(id)
  call.response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff'
  })
  if (call.request.method === 'HEAD') return void call.response.end()
  await sendPieces(call, eventsOf(jobs, id, call.signal))
}

async function* eventsOf(
  jobs: Jobs,
  id: string,
  signal: AbortSignal
): AsyncGenerator<string, void, undefined> {
  let count = 0
  for await (const job of jobs.watch(id, signal))
    yield `id: ${count++}\nevent: job\ndata: ${JSON.stringify(job)}\n\n`
}
