/** A source of bytes that can be read at any offset. */
import { fstatSync, readSync } from 'node:fs'

export interface ByteSource {
  /** Total number of bytes. */
  readonly size: number
  /**
   * Reads bytes from `offset` on into `target`, and fewer than it holds only at the end.
   * @returns how many were read.
   */
  read(target: Uint8Array, offset: number): number
}

/** The bytes of an open file, which the caller closes. Its size is taken once, here. */
export const fileSource = (fd: number): ByteSource => ({
  size: fstatSync(fd).size,
  read: (target, offset) => {
    let done = 0
    while (done < target.length) {
      const n = readSync(fd, target, done, target.length - done, offset + done)
      if (n === 0) break
      done += n
    }
    return done
  }
})
