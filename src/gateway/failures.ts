/** How the gateway tells errors: a status of HTTP and a line of text. */
import { ERROR_CODES, type ErrorCode, type KitError } from '../core/errors.js'
import type { HttpCall } from '../http/http-call.js'
import { OPEN_TO_ALL, type Headers } from './headers.js'

/** Where the specification of gateways has another status than the table of errors. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  NOT_A_DIRECTORY: 404,
  IS_A_DIRECTORY: 400,
  BACKEND_UNAVAILABLE: 502
}

const RETRY_SECONDS = 10

/** An answer whose status no error code has. */
export class HttpError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.name = 'HttpError'
    this.status = status
  }
}

export const statusOf = (code: ErrorCode): number => STATUS[code] ?? ERROR_CODES[code].http

export const tellFailure = (call: HttpCall, { code, message }: KitError): void =>
  sendFailure(call, statusOf(code), message)

const RETRIED: ReadonlySet<number> = new Set([429, 502, 503, 504])

export function sendFailure(
  { request, response }: HttpCall,
  status: number,
  message: string
): void {
  const body = Buffer.from(`${message}\n`)
  const headers: Headers = {
    ...OPEN_TO_ALL,
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'content-length': body.length,
    'cache-control': 'no-store'
  }
  const retry: Headers = RETRIED.has(status) ? { 'retry-after': RETRY_SECONDS } : {}
  response.writeHead(status, { ...headers, ...retry })
  response.end(request.method === 'HEAD' ? undefined : body)
}
