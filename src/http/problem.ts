/** Errors as problem details (RFC 9457), with the fields that all JSON documents have. */
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http'
import { envelope, errorFields } from '../core/envelope.js'
import { ERROR_CODES, type KitError } from '../core/errors.js'

/** Statuses that say more than the one of the error's code. */
export interface ProblemOptions {
  readonly operation?: string | undefined
  readonly status?: number | undefined
  readonly headers?: Readonly<Record<string, string>>
  /** What is wrong with the fields of a request. */
  readonly fields?: readonly { readonly field: string; readonly message: string }[] | undefined
}

/** How long until a failure of others may be over, in seconds. */
const RETRY_AFTER = '5'

export function sendProblem(
  request: IncomingMessage,
  response: ServerResponse,
  error: KitError,
  { operation = 'http', status = ERROR_CODES[error.code].http, headers = {}, fields }: ProblemOptions = {} // prettier-ignore
): void {
  const isLater = ERROR_CODES[error.code].recoverable && (status === 429 || status === 503)
  const problem = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: error.message,
    ...envelope(false, operation),
    ...errorFields(error),
    ...(fields === undefined ? {} : { fields })
  }
  response.writeHead(status, {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(isLater ? { 'retry-after': RETRY_AFTER } : {}),
    ...(request.complete ? {} : { connection: 'close' }),
    ...headers
  })
  response.end(request.method === 'HEAD' ? undefined : `${JSON.stringify(problem)}\n`)
}
