/** Packs: CARv1 files of small blocks, each appended to by one session only. */
import { closeSync, fsyncSync, openSync } from 'node:fs'
import { writeFully } from '../core/fs-durable.js'
import { varintLength, writeVarint } from '../core/varint.js'

const BUFFER = 1 << 20

/** CARv1 header `{roots: [], version: 1}`, so that any CAR tool can list a pack. */
const HEADER = Buffer.from('11a265726f6f7473806776657273696f6e01', 'hex')

/** The writer of one pack, which buffers small blocks. */
export class PackWriter {
  readonly #fd: number
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER)
  #used = 0
  #flushed = 0
  #open = true

  constructor(path: string) {
    this.#fd = openSync(path, 'wx', 0o600)
    this.#add(HEADER)
  }

  /** Bytes of the pack so far. */
  get size(): number {
    return this.#flushed + this.#used
  }

  /** Appends a block. @returns the offset of its bytes in the file. */
  append(cid: Uint8Array, block: Uint8Array): number {
    const length = cid.length + block.length
    const head = varintLength(length) + cid.length
    if (this.#used + head > BUFFER) this.#flush()
    this.#used = writeVarint(this.#buffer, this.#used, length)
    this.#buffer.set(cid, this.#used)
    this.#used += cid.length
    const offset = this.size
    this.#add(block)
    return offset
  }

  /** Buffers bytes; those larger than the buffer are written directly, without a copy. */
  #add(bytes: Uint8Array): void {
    if (this.#used + bytes.length > BUFFER) this.#flush()
    if (bytes.length > BUFFER) {
      writeFully(this.#fd, bytes)
      this.#flushed += bytes.length
      return
    }
    this.#buffer.set(bytes, this.#used)
    this.#used += bytes.length
  }

  #flush(): void {
    writeFully(this.#fd, this.#buffer.subarray(0, this.#used))
    this.#flushed += this.#used
    this.#used = 0
  }

  /** Writes the buffer, syncs and closes. @returns the file's size in bytes. */
  finish(): number {
    this.#flush()
    fsyncSync(this.#fd)
    this.close()
    return this.#flushed
  }

  /** Closes the file, finished or not; safe to call twice. */
  close(): void {
    if (this.#open) closeSync(this.#fd)
    this.#open = false
  }
}
