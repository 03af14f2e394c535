/** Converts the errors of SSH connections and the status codes of SFTP. */
import { isKitError, KitError, systemCode, type ErrorCode } from '../../src/core/errors.js'
import { printableText } from '../../src/core/printable.js'

/** Source: draft-ietf-secsh-filexfer-02, section 7. */
export const STATUS = {
  eof: 1,
  noSuchFile: 2,
  permissionDenied: 3,
  failure: 4,
  badMessage: 5,
  unsupported: 8
} as const

/** A request that the server answered with a status. */
export class StatusError extends Error {
  readonly status: number

  constructor(status: number, said: string) {
    super(printableText(said))
    this.name = 'StatusError'
    this.status = status
  }
}

export const hasStatus = (error: unknown, status: number): boolean =>
  error instanceof StatusError && error.status === status

/** The error of a request: its status, or that of a connection that is lost. */
export function requestError(error: Error, where: string): Error {
  const code: unknown = 'code' in error ? error.code : undefined
  return typeof code === 'number' ? new StatusError(code, error.message) : connectionError(error, where) // prettier-ignore
}

/** The error of a connection that cannot be made, or is lost. */
export function connectionError(error: Error, where: string): KitError {
  if (isKitError(error)) return error
  const level: unknown = 'level' in error ? error.level : undefined
  const said = printableText(error.message)
  const cause = error
  if (level === 'client-authentication')
    return new KitError(
      'CREDENTIALS',
      `${where} accepts none of the keys and passwords that it was offered; check --user, --identity-file and the agent`,
      { cause }
    )
  if (level === 'client-timeout')
    return new KitError('TIMEOUT', `${where} does not answer any more (${said})`, { cause })
  const code = systemCode(error)
  const reason = code === 'ENOTFOUND' ? 'there is no host of that name' : said
  return new KitError('BACKEND_UNAVAILABLE', `${where}: ${reason}`, { cause })
}

/** A disk with fewer bytes than this is full: what did not fit any more was a piece of a file. */
const FULL = 512 * 1024

/** What is known of the file system when a request failed without a reason. */
export interface VolumeState {
  /** In bytes. */
  readonly free: number
  readonly freeFiles: number
  readonly isReadOnly: boolean
}

/** The error of a status, for whoever asked. @param volume where a failure has been looked into. */
export function statusError(error: unknown, path: string, volume?: VolumeState): unknown {
  if (!(error instanceof StatusError)) return error
  const [code, reason] = meaning(error, volume)
  return new KitError(code, `${path}: ${reason}`, { cause: error })
}

function meaning(error: StatusError, volume: VolumeState | undefined): [ErrorCode, string] {
  if (error.status === STATUS.permissionDenied)
    return ['ACCESS_DENIED', 'the server denies that to this user']
  if (error.status === STATUS.unsupported)
    return ['UNSUPPORTED', `the server cannot do that (${error.message})`]
  if (volume?.isReadOnly === true) return ['READ_ONLY', 'its file system is read-only']
  if (volume !== undefined && volume.free < FULL)
    return ['NO_SPACE', 'the disk of the server is full']
  if (volume?.freeFiles === 0) return ['NO_SPACE', 'the disk of the server has no room for more files'] // prettier-ignore
  return ['BACKEND_UNAVAILABLE', `the server says ${error.message} (status ${error.status})`]
}
