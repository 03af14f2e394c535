/**
 * Limits of the kernel. That of memory holds whatever DuckDB allocates: its own limit leaves out what functions
 * such as repeat() build. Beyond it an allocation fails, and with it the statement.
 */
import { readFileSync } from 'node:fs'
import { lastErrno, libcFunction } from '../core/native.js'
import { KitError } from '../core/errors.js'

const RLIMIT_FSIZE = 1
const RLIMIT_DATA = 2
const NO_LIMIT = 0xffff_ffff_ffff_ffffn
/** Room for Node's own heap beside DuckDB, in bytes. */
const OWN = 128 << 20

/**
 * Sets how much private memory this process may have beyond what it has now, in bytes. Linux counts
 * such memory under RLIMIT_DATA since 4.7; elsewhere DuckDB's own limit must do.
 */
export function limitMemory(more: number): void {
  if (process.platform !== 'linux') return
  const kib = /^VmData:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]
  setLimit(RLIMIT_DATA, BigInt(Number(kib) * 1024 + more + OWN))
}

/** Sets how large a file may be that this process writes; writing beyond fails (EFBIG), as Node ignores SIGXFSZ. */
export function limitFiles(bytes: number | undefined): void {
  if (process.platform === 'linux') setLimit(RLIMIT_FSIZE, bytes === undefined ? NO_LIMIT : BigInt(bytes)) // prettier-ignore
}

function setLimit(resource: number, soft: bigint): void {
  const setrlimit = libcFunction('int setrlimit(int resource, const void *limit)')
  if (setrlimit(resource, rlimitOf(soft)) !== 0)
    throw new KitError('INTERNAL', `a process of SQL cannot be limited (errno ${lastErrno()})`)
}

/** struct rlimit: the soft limit, which the next job may raise, and the hard one. */
function rlimitOf(soft: bigint): Buffer {
  const limit = Buffer.alloc(16)
  limit.writeBigUInt64LE(soft, 0)
  limit.writeBigUInt64LE(NO_LIMIT, 8)
  return limit
}
