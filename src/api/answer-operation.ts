/** Answers one request: reads the input, runs the operation, and sends its result in the envelope. */
import { createHash } from 'node:crypto'
import { envelope } from '../core/envelope.js'
import { snakeCased } from '../core/snake-case.js'
import type { HttpCall } from '../http/http-call.js'
import type { Run } from '../operations/run.js'
import type { Services } from '../operations/services.js'
import { inputOf } from './api-input.js'
import type { ApiOperation, SqlLimits } from './api-operation.js'
import type { IdempotencyKeys, KeptAnswer } from './idempotency.js'
import type { EventLog } from '../operations/event-log.js'
import type { ReadActivity } from '../operations/activity.js'
import type { Jobs } from './jobs.js'

export interface ApiParts {
  readonly services: Services
  readonly jobs: Jobs
  readonly events: EventLog
  readonly activity: ReadActivity
  readonly limits: () => SqlLimits
  readonly keys: IdempotencyKeys
}

/** @throws KitError, which becomes a problem. */
export async function answerOperation(
  parts: ApiParts,
  operation: ApiOperation,
  fields: Readonly<Record<string, string>>,
  call: HttpCall
): Promise<void> {
  const input = await inputOf(operation, fields, call)
  const key = call.request.headers['idempotency-key']
  if (operation.method === 'GET' || typeof key !== 'string')
    return send(call, operation, await answerOf(parts, operation, input, call))
  const known = parts.keys.begin(key, operation.name, input)
  if (known !== undefined) return send(call, operation, known)
  try {
    const answer = await answerOf(parts, operation, input, call)
    parts.keys.keep(key, answer)
    send(call, operation, answer)
  } catch (error) {
    parts.keys.forget(key)
    throw error
  }
}

async function answerOf(
  { services, jobs, events, activity, limits }: ApiParts,
  { name, isLong, call: work }: ApiOperation,
  input: object,
  call: HttpCall
): Promise<KeptAnswer> {
  const begin = async (run: Run): Promise<object> =>
    snakeCased(
      await work({ services, jobs, events, activity, limits, run }, input as never)
    ) as object
  if (isLong && wantsJob(call)) {
    const job = jobs.start(name, input, begin)
    const location = `/api/v1/jobs/${job.id}`
    return jsonAnswer(name, { job }, 202, { location, 'preference-applied': 'respond-async' })
  }
  const warnings: string[] = []
  const warn = (message: string): void => void warnings.push(message)
  const result = await begin({ signal: call.signal, progress: () => undefined, warn })
  return jsonAnswer(name, { ...result, ...(warnings.length > 0 ? { warnings } : {}) })
}

const wantsJob = ({ request }: HttpCall): boolean =>
  /(?:^|,)\s*respond-async\s*(?:[,;]|$)/i.test(String(request.headers['prefer'] ?? ''))

/** The tag is of what was found out, as the envelope differs each time. */
function jsonAnswer(
  name: string,
  result: object,
  status = 200,
  headers: Readonly<Record<string, string>> = {}
): KeptAnswer {
  const tag = createHash('sha256').update(JSON.stringify(result)).digest('base64url').slice(0, 22)
  return {
    status,
    headers: { ...headers, etag: `W/"${tag}"` },
    body: `${JSON.stringify({ ...envelope(true, name), ...result })}\n`
  }
}

function send({ request, response }: HttpCall, { method }: ApiOperation, answer: KeptAnswer): void {
  const { status, headers, body } = answer
  const common = { ...headers, 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' }
  if (method === 'GET' && isKnown(request.headers['if-none-match'], headers['etag']!))
    return void response.writeHead(304, common).end()
  response.writeHead(status, { ...common, 'content-type': 'application/json' })
  response.end(request.method === 'HEAD' ? undefined : body)
}

const isKnown = (header: string | undefined, etag: string): boolean =>
  header === '*' || (header ?? '').split(',').some((one) => one.trim() === etag)
