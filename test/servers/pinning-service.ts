/**
 * A fixture made from the published API: a pinning service that holds each request against the
 * OpenAPI document of the IPFS Pinning Service API 1.0.0, and answers as that says.
 * Source: https://ipfs.github.io/pinning-services-api-spec/
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Test } from 'tap'
import { httpServer } from './http.js'

export const TOKEN = 'a-token-of-the-tests'
const STATES = ['queued', 'pinning', 'pinned', 'failed']
const DELEGATES = ['/dnsaddr/pin.example.com']

export interface StoredRequest {
  readonly requestid: string
  status: string
  readonly created: string
  readonly pin: { readonly cid: string; readonly name?: string; readonly origins?: string[] }
  readonly delegates: string[]
  info: Record<string, string>
}

type Answer = readonly [status: number, body?: unknown, headers?: Record<string, string>]

const failure = (status: number, reason: string, details: string): Answer => [
  status,
  { error: { reason, details } }
]
const bad = (details: string): Answer => failure(400, 'BAD_REQUEST', details)

export class PinningService {
  readonly requests = new Map<string, StoredRequest>()
  /** What was sent to it, for tests to look at. */
  readonly received: { readonly method: string; readonly path: string; readonly body: unknown }[] =
    []
  /** CIDs whose pinning fails, with the reason. */
  readonly failing = new Map<string, string>()
  /** Answers the next requests, instead of the service. */
  readonly refusals: Answer[] = []
  /** Overrides the time of new requests, for several at once. */
  now: () => number = () => Date.now()
  /** Changes answers of lists, as a service that lies does. */
  spoilList: (body: { count: number; results: unknown[] }) => unknown = (body) => body
  #next = 1
  url = ''

  static async start(t: Pick<Test, 'teardown'>): Promise<PinningService> {
    const service = new PinningService()
    const url = await httpServer(t, (request, answer) => void service.#serve(request, answer))
    service.url = `${url}/psa`
    return service
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const text = Buffer.concat(parts).toString()
    const body: unknown = text === '' ? undefined : JSON.parse(text)
    const { method = '', url = '' } = request
    this.received.push({ method, path: url, body })
    const [status, said, headers] = this.refusals.shift() ?? this.#answer(request, body)
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(said === undefined ? undefined : JSON.stringify(said))
  }

  #answer({ method, url, headers }: IncomingMessage, body: unknown): Answer {
    if (headers.authorization !== `Bearer ${TOKEN}`)
      return failure(401, 'UNAUTHORIZED', 'Access token is missing or invalid')
    const { pathname, searchParams } = new URL(url!, 'http://x')
    const id = /^\/psa\/pins(?:\/([^/]+))?$/.exec(pathname)
    if (id === null) return failure(404, 'NOT_FOUND', 'no such path')
    if (id[1] === undefined)
      return method === 'GET' ? this.#list(searchParams) : this.#add(method, headers, body)
    const request = this.requests.get(decodeURIComponent(id[1]))
    if (request === undefined) return failure(404, 'NOT_FOUND', 'no such request')
    if (method === 'GET') return [200, request]
    if (method === 'POST') {
      const answer = this.#add(method, headers, body)
      if (answer[0] === 202) this.requests.delete(request.requestid)
      return answer
    }
    this.requests.delete(request.requestid)
    return [202]
  }

  #add(method: string | undefined, headers: IncomingMessage['headers'], body: unknown): Answer {
    if (method !== 'POST' || headers['content-type'] !== 'application/json')
      return bad('a POST of JSON')
    const wrong = wrongPin(body)
    if (wrong !== undefined) return bad(wrong)
    const request = this.put(body as StoredRequest['pin'])
    return [202, request]
  }

  put(pin: StoredRequest['pin'], status = 'queued'): StoredRequest {
    const requestid = `req/${this.#next++}`
    const created = new Date(this.now()).toISOString()
    const request = { requestid, status, created, pin, delegates: DELEGATES, info: {} }
    this.requests.set(requestid, request)
    return request
  }

  /** A request goes on a step whenever it is looked at. */
  #step(request: StoredRequest): void {
    const reason = this.failing.get(request.pin.cid)
    if (request.status === 'queued') {
      request.status = 'pinning'
      request.info = { status_details: 'fetching' }
    } else if (request.status === 'pinning') {
      request.status = reason === undefined ? 'pinned' : 'failed'
      request.info = reason === undefined ? {} : { status_details: reason }
    }
  }

  #list(query: URLSearchParams): Answer {
    const wrong = wrongQuery(query)
    if (wrong !== undefined) return bad(wrong)
    const cids = query.get('cid')?.split(',')
    const states = query.get('status')?.split(',') ?? ['pinned']
    const before = query.get('before')
    const found = [...this.requests.values()]
      .filter(({ pin }) => cids === undefined || cids.includes(pin.cid))
      .filter(({ created }) => before === null || Date.parse(created) < Date.parse(before))
      .filter(({ status }) => states.includes(status))
      .toSorted((a, b) => Date.parse(b.created) - Date.parse(a.created))
    const results = found.slice(0, Number(query.get('limit') ?? 10)).map((one) => ({ ...one }))
    if (cids !== undefined) for (const request of found) this.#step(request)
    return [200, this.spoilList({ count: found.length, results })]
  }
}

/** What a pin has that its schema forbids. */
function wrongPin(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return 'no object'
  const { cid, name, origins, meta: _, ...rest } = body as Record<string, unknown>
  if (Object.keys(rest).length > 0) return `unknown fields ${Object.keys(rest).join()}`
  if (typeof cid !== 'string') return 'cid is required'
  if (name !== undefined && (typeof name !== 'string' || name.length > 255)) return 'name'
  if (origins === undefined) return undefined
  const isSound =
    Array.isArray(origins) &&
    origins.length <= 20 &&
    new Set(origins).size === origins.length &&
    origins.every((one) => typeof one === 'string' && one.startsWith('/'))
  return isSound ? undefined : 'origins'
}

const QUERY = ['cid', 'name', 'match', 'status', 'before', 'after', 'limit', 'meta']

/** What a query has that its parameters forbid. */
function wrongQuery(query: URLSearchParams): string | undefined {
  for (const name of query.keys()) if (!QUERY.includes(name)) return `unknown parameter ${name}`
  const limit = Number(query.get('limit') ?? 10)
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) return 'limit'
  const states = query.get('status')?.split(',') ?? []
  if (states.some((state) => !STATES.includes(state))) return 'status'
  if ((query.get('cid')?.split(',') ?? []).length > 10) return 'cid'
  const before = query.get('before')
  return before === null || /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(before) ? undefined : 'before'
}
