/**
 * The errors of this program: one table of codes, one error class.
 *
 * A code names what happened, not where. The mount turns it into an errno (mount/errno.ts), the
 * command line into an exit code, an HTTP answer into a status. A new code compiles only once it
 * has all three.
 */

/**
 * Classes of failure that JSON answers name in `error_type`. `configuration_error` is whatever the
 * set-up of this machine does not allow, limits and full disks among it.
 */
export type ErrorType =
  | 'connection_error'
  | 'timeout_error'
  | 'parse_error'
  | 'not_found'
  | 'validation_error'
  | 'configuration_error'
  | 'pinning_error'
  | 'integrity_error'
  | 'unknown_error'

interface CodeRow {
  /** Exit code of a command that fails with it. */
  readonly exit: number
  readonly http: number
  readonly type: ErrorType
  /** Whether the same call may succeed later. */
  readonly recoverable: boolean
}

const row = (exit: number, http: number, type: ErrorType, recoverable = false): CodeRow => ({
  exit,
  http,
  type,
  recoverable
})

export const ERROR_CODES = {
  USAGE: row(2, 400, 'validation_error'),
  PATH_NOT_FOUND: row(1, 404, 'not_found'),
  INVALID_CID: row(2, 400, 'validation_error'),
  BLOCK_NOT_FOUND: row(1, 404, 'not_found'),
  INTEGRITY: row(3, 502, 'integrity_error'),
  CORRUPT_FORMAT: row(3, 502, 'integrity_error'),
  /** Files of a format that a later version of this program wrote. Nothing of them is changed. */
  NEWER_FORMAT: row(3, 501, 'configuration_error'),
  NOT_A_DIRECTORY: row(1, 409, 'validation_error'),
  IS_A_DIRECTORY: row(1, 409, 'validation_error'),
  EXISTS: row(1, 409, 'validation_error'),
  BUSY: row(1, 409, 'configuration_error', true),
  NOT_EMPTY: row(2, 409, 'validation_error'),
  NAME_TOO_LONG: row(2, 400, 'validation_error'),
  INVALID_ARGUMENT: row(2, 400, 'validation_error'),
  LINK_LOOP: row(1, 400, 'validation_error'),
  READ_ONLY: row(1, 405, 'validation_error'),
  UNSUPPORTED: row(1, 501, 'validation_error'),
  ACCESS_DENIED: row(1, 403, 'validation_error'),
  NO_SPACE: row(1, 507, 'configuration_error', true),
  QUOTA: row(1, 507, 'configuration_error', true),
  BACKEND_UNAVAILABLE: row(4, 503, 'connection_error', true),
  RATE_LIMITED: row(4, 429, 'connection_error', true),
  TIMEOUT: row(4, 504, 'timeout_error', true),
  ABORTED: row(1, 499, 'unknown_error', true),
  BAD_HANDLE: row(1, 500, 'validation_error'),
  CLOSED: row(1, 500, 'connection_error', true),
  STALE: row(1, 410, 'not_found', true),
  TOO_MANY_OPEN: row(1, 413, 'configuration_error', true),
  MEMORY_BUDGET: row(1, 413, 'configuration_error', true),
  TOO_LARGE: row(1, 413, 'validation_error'),
  LOCKED: row(11, 423, 'connection_error', true),
  CREDENTIALS: row(12, 401, 'configuration_error'),
  CONFIG_INVALID: row(78, 400, 'configuration_error'),
  IO: row(1, 500, 'unknown_error'),
  INTERNAL: row(1, 500, 'unknown_error')
} as const satisfies Record<string, CodeRow>

export type ErrorCode = keyof typeof ERROR_CODES

/** What one of those who were asked for something said. */
export interface ErrorDetail {
  /** A backend, and which of its hosts where it has several. */
  readonly who: string
  readonly code: ErrorCode
  readonly said: string
}

export interface KitErrorOptions {
  readonly cause?: unknown
  readonly details?: readonly ErrorDetail[]
}

/** The only error meant to reach a user. Its message names the fault, the place and a remedy. */
export class KitError extends Error {
  readonly code: ErrorCode
  /** What each of those who were asked said, which the message has in one line; empty for others. */
  readonly details: readonly ErrorDetail[]

  /** @param options details are by default those of a cause that has some. */
  constructor(code: ErrorCode, message: string, options: KitErrorOptions = {}) {
    const { cause } = options
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'KitError'
    this.code = code
    this.details = options.details ?? (cause instanceof KitError ? cause.details : [])
  }

  get exitCode(): number {
    return ERROR_CODES[this.code].exit
  }
}

export const isKitError = (error: unknown, code?: ErrorCode): error is KitError =>
  error instanceof KitError && (code === undefined || error.code === code)

const SYSTEM_CODES: Readonly<Record<string, ErrorCode>> = {
  ENOENT: 'PATH_NOT_FOUND',
  ENOTDIR: 'NOT_A_DIRECTORY',
  EISDIR: 'IS_A_DIRECTORY',
  EEXIST: 'EXISTS',
  ENOTEMPTY: 'NOT_EMPTY',
  ENAMETOOLONG: 'NAME_TOO_LONG',
  ELOOP: 'LINK_LOOP',
  EACCES: 'ACCESS_DENIED',
  EPERM: 'ACCESS_DENIED',
  EROFS: 'READ_ONLY',
  ENOSPC: 'NO_SPACE',
  EDQUOT: 'QUOTA',
  EMFILE: 'TOO_MANY_OPEN',
  ENFILE: 'TOO_MANY_OPEN',
  ENOMEM: 'MEMORY_BUDGET',
  EFBIG: 'TOO_LARGE',
  /** As Node says it of a path with a zero byte. */
  ERR_INVALID_ARG_VALUE: 'INVALID_ARGUMENT',
  EIO: 'IO'
}

/** Returns the `code` of a failed system call, such as `ENOENT`; undefined for other errors. */
export const systemCode = (error: unknown): string | undefined => {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}

/** Returns whether an error says that there is no room on a disk, or none for this user. */
export const isDiskFull = (error: unknown): boolean =>
  ['NO_SPACE', 'QUOTA'].includes(toKitError(error).code)

/** Converts the error by which Node and others report an abort; its cause is the signal's reason. */
const abortedError = (error: Error): KitError =>
  error.cause instanceof KitError
    ? error.cause
    : new KitError('ABORTED', error.message, { cause: error })

/** Converts any caught value to a KitError; returns a KitError unchanged. */
export function toKitError(error: unknown, doing?: string): KitError {
  if (error instanceof KitError) return error
  if (error instanceof Error && error.name === 'AbortError') return abortedError(error)
  const text = error instanceof Error ? error.message : 'unknown failure'
  const message = doing === undefined ? text : `${doing}: ${text}`
  const system = systemCode(error)
  const code = system === undefined ? undefined : SYSTEM_CODES[system]
  if (code !== undefined) return new KitError(code, message, { cause: error })
  return new KitError(system === undefined ? 'INTERNAL' : 'IO', message, { cause: error })
}

/** Returns whether an error says that content is damaged, which concerns nothing beside it. */
export const isDamage = (error: unknown): error is KitError =>
  isKitError(error, 'INTEGRITY') || isKitError(error, 'CORRUPT_FORMAT')
