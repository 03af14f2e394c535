/** Writes answers to the descriptor of a mount. */
import { writeSync } from 'node:fs'
import { directWrite } from '../../../core/direct-calls.js'
import { systemCode } from '../../../core/errors.js'
import type { Log } from '../../../core/log.js'
import { EIO } from '../../errno.js'
import type { Operations } from './operations.js'
import { OUT_HEADER, uniqueOf } from './protocol.js'
import type { RequestCounts } from './request-counts.js'

export class ReplyWriter {
  readonly #fd: number
  readonly #counts: RequestCounts
  readonly #log: Log

  constructor(fd: number, counts: RequestCounts, log: Log) {
    this.#fd = fd
    this.#counts = counts
    this.#log = log
  }

  /** Writes an answer of `length` bytes, or EIO if the kernel refuses that answer. */
  write(operations: Operations, length: number): void {
    const errno = operations.reply.errno
    if (errno !== 0) this.#counts.failed(errno)
    if (directWrite(this.#fd, operations.reply.bytes, length) >= 0) return
    try {
      writeSync(this.#fd, operations.reply.bytes, 0, length)
    } catch (error) {
      operations.rollBack()
      // ENOENT: the watchdog has answered it with an error; ENODEV: the mount is gone.
      const code = systemCode(error)
      if (code === 'ENOENT' || code === 'ENODEV') return
      this.#log.error('the kernel refused an answer', error)
      this.fail(uniqueOf(operations.request), EIO)
    }
  }

  /** Answers a request with an error; does nothing if it was answered already. */
  fail(unique: number, errno: number): void {
    const header = Buffer.alloc(OUT_HEADER)
    header.writeUInt32LE(OUT_HEADER, 0)
    header.writeInt32LE(-errno, 4)
    header.writeBigUInt64LE(BigInt(unique), 8)
    try {
      writeSync(this.#fd, header)
      this.#counts.failed(errno)
    } catch (error) {
      const code = systemCode(error)
      if (code !== 'ENOENT' && code !== 'ENODEV')
        this.#log.error('the kernel refused an error', error)
    }
  }
}
