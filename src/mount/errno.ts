/** Error code → errno, exhaustive by type. No other file of the program holds errno values. */
import type { ErrorCode } from '../core/errors.js'

export const EPERM = 1
export const ENOENT = 2
export const EINTR = 4
export const EIO = 5
export const EBADF = 9
export const EAGAIN = 11
export const ENOMEM = 12
export const EACCES = 13
export const EBUSY = 16
export const EEXIST = 17
export const ENOTDIR = 20
export const EISDIR = 21
export const EINVAL = 22
export const EMFILE = 24
export const EFBIG = 27
export const ENOSPC = 28
export const EROFS = 30
export const ERANGE = 34
export const ENAMETOOLONG = 36
export const ENOSYS = 38
export const ENOTEMPTY = 39
export const ELOOP = 40
export const ENODATA = 61
export const EOPNOTSUPP = 95
export const ETIMEDOUT = 110
export const ESTALE = 116
export const EDQUOT = 122

/** `BLOCK_NOT_FOUND` is EIO, since the name exists. The lookup of a missing root fails earlier. */
export const ERRNO: Readonly<Record<ErrorCode, number>> = {
  USAGE: EINVAL,
  PATH_NOT_FOUND: ENOENT,
  INVALID_CID: ENOENT,
  BLOCK_NOT_FOUND: EIO,
  INTEGRITY: EIO,
  CORRUPT_FORMAT: EIO,
  NEWER_FORMAT: EIO,
  NOT_A_DIRECTORY: ENOTDIR,
  IS_A_DIRECTORY: EISDIR,
  EXISTS: EEXIST,
  BUSY: EBUSY,
  NOT_EMPTY: ENOTEMPTY,
  NAME_TOO_LONG: ENAMETOOLONG,
  INVALID_ARGUMENT: EINVAL,
  LINK_LOOP: ELOOP,
  READ_ONLY: EROFS,
  UNSUPPORTED: EOPNOTSUPP,
  ACCESS_DENIED: EACCES,
  NO_SPACE: ENOSPC,
  QUOTA: EDQUOT,
  BACKEND_UNAVAILABLE: EIO,
  RATE_LIMITED: EIO,
  TIMEOUT: ETIMEDOUT,
  ABORTED: EINTR,
  BAD_HANDLE: EBADF,
  CLOSED: EBADF,
  STALE: ESTALE,
  TOO_MANY_OPEN: EMFILE,
  MEMORY_BUDGET: ENOMEM,
  TOO_LARGE: EFBIG,
  LOCKED: EIO,
  CREDENTIALS: EACCES,
  CONFIG_INVALID: EINVAL,
  IO: EIO,
  INTERNAL: EIO
}
