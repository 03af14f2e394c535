/**
 * The limit of memory that holds whatever DuckDB allocates: its own limit leaves out what functions
 * such as repeat() build. Beyond it an allocation fails, and with it the statement.
 */
import { readFileSync } from 'node:fs'
import { lastErrno, libcFunction } from '../core/native.js'
import { KitError } from '../core/errors.js'

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
  const limit = rlimitOf(BigInt(Number(kib) * 1024 + more + OWN))
  const setrlimit = libcFunction('int setrlimit(int resource, const void *limit)')
  if (setrlimit(RLIMIT_DATA, limit) !== 0)
    throw new KitError('INTERNAL', `the memory of a process of SQL cannot be limited (errno ${lastErrno()})`) // prettier-ignore
}

/** struct rlimit: the soft limit, which the next job may raise, and the hard one. */
function rlimitOf(soft: bigint): Buffer {
  const limit = Buffer.alloc(16)
  limit.writeBigUInt64LE(soft, 0)
  limit.writeBigUInt64LE(NO_LIMIT, 8)
  return limit
}
