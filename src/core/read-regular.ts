/**
 * Reads small files at places that somebody else writes to: where a pipe, a device or a file of any
 * size may lie instead, none of which is waited for or taken into memory.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { KitError } from './errors.js'
import { READ_FLAGS } from './read-file.js'

/**
 * Reads a whole file.
 * @throws UNSUPPORTED for what is no file, TOO_LARGE, IO where it is cut short meanwhile, and the
 * errors of the system.
 */
export function readRegularFile(path: string, maxBytes: number): Uint8Array<ArrayBuffer> {
  const fd = openSync(path, READ_FLAGS)
  try {
    const found = fstatSync(fd)
    if (!found.isFile()) throw new KitError('UNSUPPORTED', `${path} is no file`)
    if (found.size > maxBytes)
      throw new KitError('TOO_LARGE', `${path} has ${found.size} bytes, over ${maxBytes}`)
    const bytes = new Uint8Array(found.size)
    for (let done = 0; done < bytes.length;) {
      const count = readSync(fd, bytes, done, bytes.length - done, done)
      if (count === 0) throw new KitError('IO', `${path} is cut short`)
      done += count
    }
    return bytes
  } finally {
    closeSync(fd)
  }
}
