/** Converts the refusals of WebDAV servers into errors. */
import type { ErrorCode, KitError } from '../../src/core/errors.js'
import { codeOfStatus, refusalError, type Refusal } from '../http-status.js'

/** Statuses that mean something of their own here. Source: RFC 4918, 11; RFC 9110, 15.5 */
const CODES: Readonly<Record<number, ErrorCode>> = {
  403: 'ACCESS_DENIED',
  405: 'UNSUPPORTED',
  // It wants to know the length of a file before it takes it.
  411: 'UNSUPPORTED',
  413: 'TOO_LARGE',
  423: 'LOCKED',
  501: 'UNSUPPORTED',
  507: 'NO_SPACE'
}

/** The error of a refused request. */
export const davError = (refusal: Refusal): KitError =>
  refusalError(refusal, CODES[refusal.status] ?? codeOfStatus(refusal))
