/** Opens the archive of a request: a file, or a descriptor such as that of standard input. */
import { randomUUID } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KitError, toKitError } from '../core/errors.js'
import { writeFully } from '../core/fs-durable.js'

const BUFFER_BYTES = 1 << 20

/** A path; or a descriptor, which stays open, or a stream, with its name for messages. */
export type ArchiveSource =
  | string
  | { readonly fd: number; readonly name: string }
  | { readonly stream: AsyncIterable<Uint8Array>; readonly name: string }

export const nameOf = (source: ArchiveSource): string =>
  typeof source === 'string' ? source : source.name

/**
 * Opens an archive for reading at any offset while `work` runs. A pipe or stream is copied to a
 * temporary file first, which has no name and disappears with its descriptor.
 * @throws PATH_NOT_FOUND, ACCESS_DENIED, IS_A_DIRECTORY, and what `work` throws, naming the
 * archive.
 */
export async function withArchive<T>(
  source: ArchiveSource,
  work: (archive: { readonly fd: number; readonly size: number }) => T | Promise<T>
): Promise<T> {
  const archive = await openArchive(source)
  try {
    return await work(archive)
  } catch (error) {
    const { code, message } = toKitError(error)
    throw new KitError(code, `${nameOf(source)}: ${message}`, { cause: error })
  } finally {
    if (archive.isOwn) closeSync(archive.fd)
  }
}

interface OpenedArchive {
  readonly fd: number
  readonly size: number
  /** Whether the descriptor is not the caller's. */
  readonly isOwn: boolean
}

async function openArchive(source: ArchiveSource): Promise<OpenedArchive> {
  if (typeof source === 'object' && 'stream' in source) return await copyStream(source.stream)
  const fd = typeof source === 'string' ? openFile(source) : source.fd
  const stat = fstatSync(fd)
  if (stat.isFile()) return { fd, size: stat.size, isOwn: typeof source === 'string' }
  try {
    if (stat.isDirectory()) throw new KitError('IS_A_DIRECTORY', `${nameOf(source)} is a folder`)
    const copy = copyPipe(fd)
    return { fd: copy, size: fstatSync(copy).size, isOwn: true }
  } finally {
    if (typeof source === 'string') closeSync(fd)
  }
}

function openFile(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (error) {
    throw toKitError(error, `cannot read ${path}`)
  }
}

async function copyStream(stream: AsyncIterable<Uint8Array>): Promise<OpenedArchive> {
  const fd = unnamedFile()
  let size = 0
  try {
    for await (const piece of stream) {
      writeFully(fd, piece)
      size += piece.length
    }
    return { fd, size, isOwn: true }
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

/** Makes a temporary file without a name. @returns its descriptor. */
function unnamedFile(): number {
  const path = join(tmpdir(), `ipfs-kit-${randomUUID()}.car`)
  const fd = openSync(path, 'wx+', 0o600)
  unlinkSync(path)
  return fd
}

/** Copies a pipe to an unlinked temporary file. @returns its descriptor. */
function copyPipe(from: number): number {
  const fd = unnamedFile()
  const buffer = Buffer.allocUnsafe(BUFFER_BYTES)
  for (;;) {
    const n = readSome(from, buffer)
    if (n === 0) return fd
    writeFully(fd, buffer.subarray(0, n))
  }
}

/**
 * Reads, waiting where standard input is non-blocking, as other programs of a shell may make it.
 */
function readSome(fd: number, buffer: Buffer): number {
  for (;;) {
    try {
      return readSync(fd, buffer, 0, buffer.length, null)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw toKitError(error)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
    }
  }
}
