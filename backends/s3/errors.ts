/**
 * Converts errors of S3 servers, by the code that they give and by the HTTP status.
 * Source: Amazon S3 API reference, error responses; what Ceph RGW answers was looked at.
 */
import { KitError, systemCode, type ErrorCode } from '../../src/core/errors.js'
import { codeOfStatus } from '../http-status.js'

/** The part of the SDK's errors that is read here. */
interface VendorError {
  readonly name: string
  readonly message: string
  readonly $metadata?: { readonly httpStatusCode?: number }
  readonly $response?: {
    readonly statusCode?: number
    readonly headers?: Readonly<Record<string, string>>
  }
}

/** What an error says of the answer that it was made from. */
export interface Answered {
  /** The server's word for it, such as `NoSuchKey`; the SDK's own where it gave none. */
  readonly name: string
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, string>>
}

export interface ErrorPlace {
  readonly host: string
  readonly bucket: string
  /** This machine's time. */
  readonly now: number
}

const CODES: Readonly<Record<string, ErrorCode>> = {
  NoSuchKey: 'PATH_NOT_FOUND',
  PreconditionFailed: 'EXISTS',
  ConditionalRequestConflict: 'EXISTS',
  InvalidRange: 'INVALID_ARGUMENT',
  NoSuchUpload: 'STALE',
  InvalidPart: 'STALE',
  AccessDenied: 'ACCESS_DENIED',
  AllAccessDisabled: 'ACCESS_DENIED',
  AccountProblem: 'ACCESS_DENIED',
  InvalidAccessKeyId: 'CREDENTIALS',
  SignatureDoesNotMatch: 'CREDENTIALS',
  InvalidToken: 'CREDENTIALS',
  ExpiredToken: 'CREDENTIALS',
  TokenRefreshRequired: 'CREDENTIALS',
  RequestTimeTooSkewed: 'CREDENTIALS',
  RequestExpired: 'CREDENTIALS',
  QuotaExceeded: 'QUOTA',
  StorageFull: 'NO_SPACE',
  InsufficientCapacity: 'NO_SPACE',
  EntityTooLarge: 'TOO_LARGE',
  SlowDown: 'RATE_LIMITED',
  Throttling: 'RATE_LIMITED',
  ThrottlingException: 'RATE_LIMITED',
  RequestLimitExceeded: 'RATE_LIMITED',
  TooManyRequests: 'RATE_LIMITED',
  RequestTimeout: 'TIMEOUT',
  TimeoutError: 'TIMEOUT',
  NotImplemented: 'UNSUPPORTED'
}

/** The names by which servers say that they were asked too often. */
export const isThrottled = ({ name, status }: Answered): boolean =>
  CODES[name] === 'RATE_LIMITED' || status === 429

export function answerOf(error: unknown): Answered {
  const { name, $metadata, $response } = error as Partial<VendorError>
  return {
    name: name ?? '',
    status: $response?.statusCode ?? $metadata?.httpStatusCode,
    headers: $response?.headers ?? {}
  }
}

/** @returns a KitError; one that is one already stays as it is. */
export function s3Error(error: unknown, place: ErrorPlace): KitError {
  if (error instanceof KitError) return error
  const answer = answerOf(error)
  const code = codeOf(error, answer)
  return new KitError(code, `${place.host}: ${reasonOf(error as Error, answer, place)}`)
}

function codeOf(error: unknown, { name, status }: Answered): ErrorCode {
  const known = Object.hasOwn(CODES, name) ? CODES[name] : undefined
  if (known !== undefined) return known
  if (systemCode(error) === 'ETIMEDOUT') return 'TIMEOUT'
  if (status === 507) return 'NO_SPACE'
  if (status === undefined || status < 400) return 'BACKEND_UNAVAILABLE'
  return status === 403 ? 'ACCESS_DENIED' : codeOfStatus({ status })
}

/** Names of requests that a server does not understand. */
const WRONG: ReadonlySet<string> = new Set(['InvalidArgument', 'InvalidRequest'])

/** @throws UNSUPPORTED where a server that knows no conditions may have refused one as a wrong argument. */
export function refuseCondition(error: unknown): never {
  const { status, name } = answerOf(error)
  if (status !== 400 || !WRONG.has(name)) throw error
  throw new KitError('UNSUPPORTED', `it answers 400 ${name}`)
}

/** What to tell of codes that need more than the server's words. */
const REASONS: Readonly<Record<string, (place: ErrorPlace, answer: Answered) => string>> = {
  NoSuchBucket: ({ bucket }) => `there is no bucket ${bucket}; make it, or correct --bucket`,
  InvalidAccessKeyId: () => 'it does not know the access key; correct --access-key-id',
  SignatureDoesNotMatch: () =>
    'the secret does not belong to the access key (or something on the way changes requests); give it again with --secret-file',
  InvalidToken: () => 'it refuses the session token; give a new one with --session-token-file',
  ExpiredToken: () =>
    'the session token has expired; give a new key, secret and --session-token-file',
  TokenRefreshRequired: () =>
    'the session token has expired; give a new one with --session-token-file',
  RequestTimeTooSkewed: skewText,
  RequestExpired: skewText,
  QuotaExceeded: ({ bucket }) => `the quota of bucket ${bucket} or its owner is used up`,
  SlowDown: () => 'it was asked too often',
  PermanentRedirect: regionText,
  AuthorizationHeaderMalformed: regionText,
  IllegalLocationConstraintException: regionText,
  PreconditionFailed: () => 'an object of that name is there already',
  InvalidObjectState: () => 'the object lies in an archive class; restore it first',
  XAmzContentSHA256Mismatch: () => 'what was sent was changed on its way',
  BadDigest: () => 'what was sent was changed on its way',
  NoSuchUpload: () => 'somebody else ended or removed the upload in the meantime',
  AccessDenied: ({ bucket }) => `access to bucket ${bucket} is denied to this key`
}

function reasonOf(error: Error, answer: Answered, place: ErrorPlace): string {
  const { name, status } = answer
  const known = Object.hasOwn(REASONS, name) ? REASONS[name] : undefined
  if (known !== undefined) return known(place, answer)
  const system = systemCode(error)
  if (status === undefined) return system === undefined ? error.message : `${system} (${error.message})` // prettier-ignore
  if (status < 400) return `its answer is none of S3's`
  const said = error.message === 'UnknownError' || error.message === '' ? '' : `: ${error.message}`
  return `it answers ${status}${name === 'Unknown' || name === 'Error' ? '' : ` ${name}`}${said.slice(0, 300)}`
}

/** Names how far the clocks are apart, by the server's own time. */
function skewText({ now }: ErrorPlace, { headers }: Answered): string {
  const theirs = Date.parse(headers['date'] ?? '')
  if (Number.isNaN(theirs)) return 'the clock of this machine is wrong; set it'
  const seconds = Math.round((now - theirs) / 1000)
  const far = Math.abs(seconds)
  const text =
    far < 120
      ? `${far} s`
      : far < 7200
        ? `${Math.round(far / 60)} min`
        : `${(far / 3600).toFixed(1)} h`
  return `the clock of this machine is ${text} ${seconds < 0 ? 'behind' : 'ahead of'} the server's; set it`
}

function regionText({ bucket }: ErrorPlace, { headers }: Answered): string {
  const region = headers['x-amz-bucket-region']
  return `bucket ${bucket} lies in ${region === undefined ? 'another region' : `region ${region}`}; correct --region`
}
