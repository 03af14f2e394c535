/** Converts the refusals of FTP servers, and the failures of connections to them. */
import { FTPError } from 'basic-ftp'
import { isKitError, KitError, type ErrorCode } from '../../src/core/errors.js'

/** Reasons as servers word them. They count before the status, which rarely says more than "no". */
const REASONS: readonly (readonly [words: RegExp, code: ErrorCode])[] = [
  [/no such file|not found|cannot find|does(?: not|n't) exist/i, 'PATH_NOT_FOUND'],
  [/permission denied|access (?:is )?denied|not permitted/i, 'ACCESS_DENIED'],
  [/read-only/i, 'READ_ONLY'],
  [/quota/i, 'QUOTA'],
  // vsftpd names no reason for a write that failed, and that is a full disk nearly always.
  [/no space|disk full|writing to local file|error during write/i, 'NO_SPACE']
]

const STATUSES: Readonly<Record<number, ErrorCode>> = {
  332: 'CREDENTIALS',
  430: 'CREDENTIALS',
  530: 'CREDENTIALS',
  452: 'NO_SPACE',
  552: 'QUOTA',
  532: 'ACCESS_DENIED',
  550: 'ACCESS_DENIED',
  551: 'ACCESS_DENIED',
  553: 'ACCESS_DENIED'
}

/** The code of a refusal. A message may begin with a name; its reason stands behind the last colon. */
function codeOf({ code, message }: FTPError): ErrorCode {
  const status = STATUSES[code]
  if (status === 'CREDENTIALS') return status
  const reason = message.slice(message.lastIndexOf(':') + 1)
  return REASONS.find(([words]) => words.test(reason))?.[1] ?? status ?? 'BACKEND_UNAVAILABLE'
}

/** Whether the server refused a file or folder, for whichever reason. */
export const isRefused = (error: unknown): error is FTPError =>
  error instanceof FTPError && [450, 550, 551, 553].includes(error.code)

/** Whether the server does not know a command. */
export const isUnknownCommand = (error: unknown): boolean =>
  error instanceof FTPError && [500, 502, 504].includes(error.code)

/** Whether the server said in so many words that there is no such file; undefined where it did not say. */
export function saysMissing(error: FTPError): boolean | undefined {
  const reason = error.message.slice(error.message.lastIndexOf(':') + 1)
  const found = REASONS.find(([words]) => words.test(reason))
  return found && found[1] === 'PATH_NOT_FOUND'
}

/** The error of a call. @param where the server, for the message. */
export function ftpError(error: unknown, where: string): KitError {
  if (isKitError(error)) return error
  const { message } = error instanceof Error ? error : { message: 'unknown failure' }
  if (error instanceof FTPError)
    return new KitError(codeOf(error), `${where} answers ${message.slice(0, 300)}`, { cause: error }) // prettier-ignore
  const code = message.startsWith('Timeout') ? 'TIMEOUT' : 'BACKEND_UNAVAILABLE'
  return new KitError(code, `${where}: ${message}`, { cause: error })
}
