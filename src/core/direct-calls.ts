/**
 * `read`, `pread` and `write` without Node, for threads that serve. What Node does around each of
 * them (checks, tracing, allocation) takes as long as a call of 4 KiB itself, and much more where
 * its code has left the processor's caches while the thread slept.
 *
 * Each function returns bytes, or the errno negated, or NOT_MADE. Callers then make Node's call,
 * which also makes the error that everybody knows.
 */
import { constants } from 'node:os'
import { isKitError } from './errors.js'
import { lastErrno, libc } from './native.js'

/** Calls are not made so in this thread, or not with that buffer. Linux has no errno of this size. */
export const NOT_MADE = -4096

interface Calls {
  readonly read: (fd: number, address: number, length: number) => number
  readonly write: (fd: number, address: number, length: number) => number
  readonly pread: (fd: number, address: number, length: number, position: number) => number
}

interface Memory {
  readonly bytes: Uint8Array
  readonly address: number
}

let calls: Calls | undefined
let memory: readonly Memory[] = []

/**
 * Makes the calls of this thread with some buffers directly from now on. That loads koffi, some
 * 4 ms; where it has no build, nothing changes.
 * @param lasting buffers that are kept for as long as the thread lives.
 */
export function makeDirectCalls(lasting: readonly Uint8Array[]): void {
  try {
    const { koffi, library } = libc()
    memory = lasting.map((bytes) => ({ bytes, address: Number(koffi.address(bytes)) }))
    calls = {
      read: library.func('int64_t read(int fd, uintptr_t to, size_t length)'),
      write: library.func('int64_t write(int fd, uintptr_t from, size_t length)'),
      pread: library.func('int64_t pread(int fd, uintptr_t to, size_t length, int64_t position)')
    }
  } catch (error) {
    if (!isKitError(error)) throw error
  }
}

/** Reads into a whole buffer from where the descriptor is. */
export function directRead(fd: number, target: Uint8Array): number {
  const address = addressOf(target)
  if (calls === undefined || address === 0) return NOT_MADE
  return outcome(calls.read(fd, address, target.length))
}

/** Reads `length` bytes at a position of a file into `target` from `at` on. */
export function directReadAt(
  fd: number,
  target: Uint8Array,
  at: number,
  length: number,
  position: number
): number {
  const address = addressOf(target)
  if (calls === undefined || address === 0 || at + length > target.length) return NOT_MADE
  return outcome(calls.pread(fd, address + at, length, position))
}

/** Writes the first bytes of a buffer. */
export function directWrite(fd: number, bytes: Uint8Array, length: number): number {
  const address = addressOf(bytes)
  if (calls === undefined || address === 0 || length > bytes.length) return NOT_MADE
  return outcome(calls.write(fd, address, length))
}

/** Returns where a buffer lies; 0 for one that no call is made with. */
function addressOf(bytes: Uint8Array): number {
  for (const one of memory) if (one.bytes === bytes) return one.address
  return 0
}

/** Returns bytes, or the errno negated: never 0 for a call that failed, which would be the end of a file. */
export const outcome = (result: number): number =>
  result < 0 ? -(lastErrno() || constants.errno.EIO) : result
