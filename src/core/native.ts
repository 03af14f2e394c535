/**
 * The few system calls that Node lacks, through koffi (a prebuilt FFI).
 *
 * koffi is loaded on first use: it takes about 10 ms, and commands that lock and map nothing do
 * not need it.
 */
import { closeSync, constants, fstatSync, openSync, readlinkSync, readSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants as os } from 'node:os'
import type { LibraryHandle } from 'koffi'
import { KitError } from './errors.js'
import { READ_FLAGS } from './read-file.js'

type Koffi = typeof import('koffi').default

const require = createRequire(import.meta.url)

interface Libc {
  readonly koffi: Koffi
  readonly library: LibraryHandle
}

let loaded: Libc | undefined
type NativeFunction = (...args: unknown[]) => unknown
const functions = new Map<string, NativeFunction>()

/** Returns koffi and the C library. @throws UNSUPPORTED if koffi has no build for this platform. */
export function libc(): Libc {
  if (loaded !== undefined) return loaded
  try {
    const koffi = require('koffi') as Koffi
    const name = process.platform === 'darwin' ? 'libSystem.dylib' : 'libc.so.6'
    loaded = { koffi, library: koffi.load(name) }
    return loaded
  } catch (error) {
    throw new KitError(
      'UNSUPPORTED',
      `the C library cannot be called on ${process.platform}-${process.arch}; see \`ipfs-kit doctor\``,
      { cause: error }
    )
  }
}

/** Loads koffi ahead of its first use; a failure is ignored here, since that use reports it. */
export function loadLibc(): void {
  try {
    libc()
  } catch (error) {
    if (!(error instanceof KitError)) throw error
  }
}

/** Returns the function of a C declaration in the C library; it is bound once. */
export function libcFunction(declaration: string): NativeFunction {
  let bound = functions.get(declaration)
  if (bound === undefined) {
    bound = libc().library.func(declaration) as NativeFunction
    functions.set(declaration, bound)
  }
  return bound
}

export const lastErrno = (): number => libc().koffi.errno()

const LOCK_SH = 1
const LOCK_EX = 2
const LOCK_NB = 4

/**
 * Takes an advisory lock on an open file without waiting. The kernel releases it when the
 * descriptor is closed or the process dies, so that no lock outlives its holder.
 * @param fd open for writing, which NFS demands for an exclusive lock.
 * @returns whether it was taken; false means that another process holds it.
 * @throws UNSUPPORTED where the file system has no locks, as NFS without its lock daemon.
 */
export function tryLock(fd: number, mode: 'shared' | 'exclusive'): boolean {
  const flock = libcFunction('int flock(int fd, int operation)')
  const operation = (mode === 'shared' ? LOCK_SH : LOCK_EX) | LOCK_NB
  for (;;) {
    if ((flock(fd, operation) as number) === 0) return true
    const errno = lastErrno()
    if (errno === os.errno.EWOULDBLOCK) return false
    if (errno !== os.errno.EINTR) throw lockError(fd, errno)
  }
}

function lockError(fd: number, errno: number): KitError {
  const name = Object.entries(os.errno).find(([, number]) => number === errno)?.[0] ?? errno
  return new KitError(
    'UNSUPPORTED',
    `${pathOf(fd)} cannot be locked (${name}): its file system has no locks, which keep two programs from changing the home at once; move the home to a local disk with --home, or mount that file system with locks`
  )
}

/** Returns the path of a descriptor, for messages. */
function pathOf(fd: number): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return 'a file of the home'
  }
}

const AT_FDCWD = -100
const AT_SYMLINK_NOFOLLOW = 0x100

/**
 * Sets the times of a file, folder or link in nanoseconds, which Node's own functions lose because
 * they take a double. Linux, 64 bit.
 * @throws IO.
 */
export function setTimes(path: Buffer, { sec, nsec }: { sec: number; nsec: number }): void {
  const utimensat = libcFunction('int utimensat(int dir, const void *path, void *times, int flags)')
  const times = Buffer.alloc(32)
  for (const at of [0, 16]) {
    times.writeBigInt64LE(BigInt(sec), at)
    times.writeBigInt64LE(BigInt(nsec), at + 8)
  }
  const name = Buffer.concat([path, Buffer.alloc(1)])
  if (utimensat(AT_FDCWD, name, times, AT_SYMLINK_NOFOLLOW) !== 0)
    throw new KitError('IO', `cannot set the times of ${path.toString()} (errno ${lastErrno()})`)
}

const PROT_READ = 1
const PROT_WRITE = 2
const MAP_SHARED = 1
const MAP_PRIVATE = 2
const MAP_FAILED = 0xffffffffffffffffn

/** A read-only view of a whole file. Its bytes must not be touched after close(). */
export interface MappedFile {
  /** In bytes. */
  readonly size: number
  readonly bytes: Uint8Array
  /** Returns a part, which must lie in the file. Of what it is given the engine thinks as memory in use. */
  view(position: number, length: number): Uint8Array
  /** Drops the resident pages up to a position, by default all, from this process; they stay in the page cache. */
  release(end?: number): void
  close(): void
}

const MADV_DONTNEED = 4

/**
 * Maps a file that is never truncated in place, as no file of the store is. Where mapping is not
 * possible, the file is read into memory.
 */
export function mapFile(path: string): MappedFile {
  // A pipe in its place is not waited for, and has no bytes.
  const fd = openSync(path, READ_FLAGS)
  try {
    return mapOpenFile(fd)
  } finally {
    closeSync(fd)
  }
}

/** As `mapFile`, of a file that is open and stays so. */
export function mapOpenFile(fd: number): MappedFile {
  const found = fstatSync(fd)
  const length = found.isFile() ? found.size : 0
  if (length === 0) return inMemory(new Uint8Array(0))
  return process.platform === 'linux' ? mapped(fd, length) : loadedFile(fd, length)
}

function mapped(fd: number, length: number): MappedFile {
  const mmap = libcFunction(
    'void *mmap(void *addr, size_t length, int prot, int flags, int fd, int64_t offset)'
  )
  const munmap = libcFunction('int munmap(void *addr, size_t length)')
  const address = mmap(null, length, PROT_READ, MAP_SHARED, fd, 0) as bigint
  if (address === MAP_FAILED) return loadedFile(fd, length)
  const madvise = libcFunction('int madvise(void *addr, size_t length, int advice)')
  const view = (position: number, size: number): Uint8Array =>
    new Uint8Array(libc().koffi.view(address + BigInt(position), size))
  let whole: Uint8Array | undefined
  return {
    size: length,
    get bytes() {
      return (whole ??= view(0, length))
    },
    view,
    release: (end = length) => void madvise(address, end, MADV_DONTNEED),
    close: () => void munmap(address, length)
  }
}

/**
 * Maps a file shared: all threads and processes that map it see each other's writes. It may be
 * shorter than `length` and grow later; memory beyond its end must not be touched.
 * @param writable where false, writes stay in this process.
 * @throws UNSUPPORTED, IO.
 */
export function mapShared(path: string, length: number, writable: boolean): Mapping {
  const fd = openSync(path, writable ? constants.O_RDWR | constants.O_NOFOLLOW : 'r')
  const mmap = libcFunction(
    'void *mmap(void *addr, size_t length, int prot, int flags, int fd, int64_t offset)'
  )
  const munmap = libcFunction('int munmap(void *addr, size_t length)')
  const msync = libcFunction('int msync(void *addr, size_t length, int flags)')
  const flags = writable ? MAP_SHARED : MAP_PRIVATE
  const address = mmap(null, length, PROT_READ | PROT_WRITE, flags, fd, 0) as bigint
  if (address === MAP_FAILED) {
    const errno = lastErrno()
    closeSync(fd)
    throw new KitError('IO', `${path} cannot be mapped (errno ${errno})`)
  }
  return {
    buffer: libc().koffi.view(address, length),
    size: () => fstatSync(fd).size,
    sync: () => void msync(address, Math.min(length, fstatSync(fd).size), MS_SYNC),
    close: () => {
      munmap(address, length)
      closeSync(fd)
    }
  }
}

/**
 * Reserves disk space for a part of a file, because a write to mapped memory without disk space
 * kills the process.
 * @throws NO_SPACE, IO.
 */
export function reserveSpace(path: string, offset: number, length: number): void {
  const fd = openSync(path, 'r+')
  try {
    const allocate = libcFunction('int posix_fallocate(int fd, int64_t offset, int64_t length)')
    const errno = allocate(fd, offset, length) as number
    if (errno === ENOSPC || errno === EDQUOT)
      throw new KitError('NO_SPACE', `there is no room for ${path}`)
    if (errno !== 0) throw new KitError('IO', `no room can be had for ${path} (errno ${errno})`)
  } finally {
    closeSync(fd)
  }
}

const { ENOSPC, EDQUOT } = os.errno

/** A shared mapping of a file. Its memory must not be touched after close(). */
export interface Mapping {
  readonly buffer: ArrayBuffer
  /** Returns the bytes that the file has now. */
  size(): number
  /** Returns once all writes are on the disk. */
  sync(): void
  close(): void
}

const MS_SYNC = 4

function loadedFile(fd: number, length: number): MappedFile {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length;) {
    const n = readSync(fd, bytes, at, length - at, at)
    if (n === 0) break
    at += n
  }
  return inMemory(bytes)
}

const inMemory = (bytes: Uint8Array): MappedFile => ({
  size: bytes.length,
  bytes,
  view: (position, length) => bytes.subarray(position, position + length),
  release: () => undefined,
  close: () => undefined
})
