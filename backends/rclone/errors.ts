/**
 * Converts the refusals of `rclone rcd`. It answers most failures with status 500, and passes on the
 * words of the remote's provider.
 */
import type { ErrorCode, KitError } from '../../src/core/errors.js'
import { refusalError, type Refusal } from '../http-status.js'

const MEANINGS: readonly (readonly [said: RegExp, code: ErrorCode])[] = [
  [/SlowDown|rateLimitExceeded|too many requests|\b429\b/i, 'RATE_LIMITED'],
  [/quota ?exceeded|over quota|disk quota/i, 'QUOTA'],
  [/no space left|insufficient storage|\b507\b|storage limit/i, 'NO_SPACE'],
  [/read-only file system/i, 'READ_ONLY'],
  [/unable to authenticate|invalid_grant|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|token.*(?:expired|revoked)|login (?:incorrect|failed)|unauthori[sz]ed|\b401\b/i, 'CREDENTIALS'], // prettier-ignore
  [/permission denied|AccessDenied|access denied|forbidden|\b403\b/i, 'ACCESS_DENIED'],
  [/i\/o timeout|deadline exceeded|handshake timeout/i, 'TIMEOUT']
]

/** Of an object or a folder that is not there. Source: rclone, fs/rc/rcserver */
export const isMissing = ({ status }: Refusal): boolean => status === 404

/** @param where the remote is, for messages. */
export function rcloneError(refusal: Refusal, where: string): KitError {
  const code = MEANINGS.find(([said]) => said.test(refusal.text))?.[1] ?? 'BACKEND_UNAVAILABLE'
  return refusalError({ ...refusal, where: `rclone, for ${where},` }, code)
}
