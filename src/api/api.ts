/** Answers below `/api/v1`: finds the operation of a path and a method. */
import { systemClock } from '../core/clock.js'
import { ERROR_CODES, KitError, toKitError } from '../core/errors.js'
import type { HttpCall, MessageCall } from '../http/http-call.js'
import type { ReadActivity } from '../operations/activity.js'
import type { EventLog } from '../operations/event-log.js'
import type { Services } from '../operations/services.js'
import { answerOperation, type ApiParts } from './answer-operation.js'
import { queryInput, RequestError } from './api-input.js'
import type { ApiOperation, Method, SqlLimits } from './api-operation.js'
import { CATALOG } from './catalog.js'
import { IdempotencyKeys } from './idempotency.js'
import { engineMessages, sendEngineEvents } from './engine-events.js'
import { jobMessages, sendJobEvents } from './job-events.js'
import { Jobs } from './jobs.js'
import { openApi } from './openapi.js'
import { PathTable } from './path-template.js'
import { sendProblem } from '../http/problem.js'
import { API } from './routes.js'
import { TRANSFERS } from './transfers.js'

type Answer = (fields: Readonly<Record<string, string>>, call: HttpCall) => Promise<void>
type Messages = (
  fields: Readonly<Record<string, string>>,
  call: MessageCall
) => AsyncIterable<string>

/** What answers at a path, by method. */
interface Place {
  readonly answers: Map<string, { readonly operation: string; readonly answer: Answer }>
}

export class Api {
  readonly #parts: ApiParts
  readonly #table = new PathTable<Place>()
  readonly #messages = new PathTable<Messages>()
  readonly #places = new Map<string, Place>()
  #document: string | undefined

  /** @param limits returns the limits of SQL, as they are configured now. */
  constructor(
    services: Services,
    limits: () => SqlLimits,
    events: EventLog,
    activity: ReadActivity
  ) {
    const jobs = new Jobs(systemClock, events)
    this.#parts = {
      services,
      jobs,
      events,
      activity,
      limits,
      keys: new IdempotencyKeys(systemClock)
    }
    for (const operation of CATALOG) this.#addOperation(operation)
    for (const { name, method, path, input, answer } of TRANSFERS)
      this.#add(name, method, path, (fields, call) =>
        answer(services, queryInput(input, fields, call) as never, call)
      )
    this.#add('events', 'GET', '/events', (_, call) => sendEngineEvents(events, call))
    this.#add('job events', 'GET', '/jobs/{id}/events', ({ id }, call) => sendJobEvents(jobs, id!, call)) // prettier-ignore
    this.#messages.add('/events', (_, call) => engineMessages(events, call))
    this.#messages.add('/jobs/{id}/events', ({ id }, { signal }) => jobMessages(jobs, id!, signal))
  }

  #addOperation(operation: ApiOperation): void {
    const { name, method, path } = operation
    this.#add(name, method, path, (fields, call) =>
      answerOperation(this.#parts, operation, fields, call)
    )
  }

  #add(operation: string, method: Method, path: string, answer: Answer): void {
    let place = this.#places.get(path)
    if (place === undefined) {
      place = { answers: new Map() }
      this.#places.set(path, place)
      this.#table.add(path, place)
    }
    place.answers.set(method, { operation, answer })
    if (method === 'GET') place.answers.set('HEAD', { operation, answer })
  }

  /** Answers a request below `/api/v1`; an error becomes a problem. Rejects after headers were sent. */
  async answer(call: HttpCall): Promise<void> {
    const { request, response, path } = call
    let operation = 'http'
    try {
      const found = this.#table.find(path.slice(API.length))
      if (found === undefined)
        throw new KitError('PATH_NOT_FOUND', `there is nothing at ${path}; /openapi.json lists what there is`) // prettier-ignore
      const { answers } = found.value
      const chosen = answers.get(request.method ?? '')
      if (chosen === undefined) return refuseMethod(call, [...answers.keys()])
      operation = chosen.operation
      await chosen.answer(found.fields, call)
    } catch (error) {
      const known = toKitError(error)
      // What is no error of ours is logged by who called this.
      if (response.headersSent || known.code === 'INTERNAL') throw error
      const fields = error instanceof RequestError ? error.fields : undefined
      sendProblem(request, response, known, { operation, status: statusOf(known, call), fields })
    }
  }

  /** Returns what a WebSocket at a path is sent; undefined where there is none. @throws KitError. */
  async messages(call: MessageCall): Promise<AsyncIterable<string> | undefined> {
    const found = this.#messages.find(call.path.slice(API.length))
    return await Promise.resolve(found?.value(found.fields, call))
  }

  /** Sends the OpenAPI document. */
  async document({ request, response }: HttpCall): Promise<void> {
    this.#document ??= JSON.stringify(openApi())
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache' })
    response.end(request.method === 'HEAD' ? undefined : this.#document)
    return await Promise.resolve()
  }
}

/**
 * Returns 409 for a request that is well formed and cannot be carried out as things are: SQL that names
 * no table, text that is no CID, a device that no DAG can hold.
 */
function statusOf(error: KitError, { request }: HttpCall): number {
  if (error instanceof RequestError) return error.status
  // Of an upload it is the client's bytes that are wrong, and no server's.
  if (request.method === 'POST' && ERROR_CODES[error.code].type === 'integrity_error') return 409
  const { http } = ERROR_CODES[error.code]
  return http === 400 || http === 501 ? 409 : http
}

function refuseMethod({ request, response }: HttpCall, allowed: readonly string[]): void {
  const error = new KitError('READ_ONLY', `${request.method} is not answered here; ${allowed.join(', ')} are`) // prettier-ignore
  sendProblem(request, response, error, { status: 405, headers: { allow: allowed.join(', ') } })
}
