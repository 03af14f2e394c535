/** Opening an archive named on the command line. */
import { closeSync, fstatSync, openSync, readSync, unlinkSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KitError, toKitError } from '../core/errors.js'
import { writeFully } from '../core/fs-durable.js'

const BUFFER = 1 << 20
const STDIN = 0

/**
 * Open an archive for reading at any offset. A pipe (`-` is stdin) is copied to a temporary
 * file first, which has no name and goes away with its descriptor.
 * @returns the descriptor and its size in bytes.
 * @throws PATH_NOT_FOUND, ACCESS_DENIED, IS_A_DIRECTORY, naming the file.
 */
export function openArchive(file: string): { readonly fd: number; readonly size: number } {
  let fd: number
  try {
    fd = file === '-' ? STDIN : openSync(file, 'r')
  } catch (error) {
    throw toKitError(error, `cannot read ${file}`)
  }
  const stat = fstatSync(fd)
  if (stat.isFile()) return { fd, size: stat.size }
  try {
    if (stat.isDirectory()) throw new KitError('IS_A_DIRECTORY', `${file} is a folder`)
    const copy = spool(fd)
    return { fd: copy, size: fstatSync(copy).size }
  } finally {
    if (fd !== STDIN) closeSync(fd)
  }
}

function spool(from: number): number {
  const path = join(tmpdir(), `ipfs-kit-${randomUUID()}.car`)
  const fd = openSync(path, 'wx+', 0o600)
  unlinkSync(path)
  const buffer = Buffer.allocUnsafe(BUFFER)
  for (;;) {
    const n = readSome(from, buffer)
    if (n === 0) return fd
    writeFully(fd, buffer.subarray(0, n))
  }
}

/** Standard input may be set to not wait (by a shell's other programs): then we do. */
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
