/** Bytes of a file or stream in large buffers, the next one read while this one is worked on. */
import { read } from 'node:fs'
import { promisify } from 'node:util'

const BUFFER = 1 << 20
/** One being read, one hashed, two being written. */
const BUFFERS = 4

const fdRead = promisify(read)

/** Fills buffers from an open file or a stream; 0 at its end. */
export interface ByteSource {
  read(target: Uint8Array): Promise<number>
}

/** Read an open file from its start. */
export const fileSource = (fd: number): ByteSource => {
  let position = 0
  return {
    async read(target) {
      const { bytesRead } = await fdRead(fd, target, 0, target.length, position)
      position += bytesRead
      return bytesRead
    }
  }
}

/** Read a stream of byte chunks. */
export const streamSource = (stream: AsyncIterable<Uint8Array>): ByteSource => {
  const chunks = stream[Symbol.asyncIterator]()
  let rest: Uint8Array = new Uint8Array(0)
  return {
    async read(target) {
      while (rest.length === 0) {
        const next = await chunks.next()
        if (next.done === true) return 0
        rest = next.value
      }
      const n = Math.min(rest.length, target.length)
      target.set(rest.subarray(0, n))
      rest = rest.subarray(n)
      return n
    }
  }
}

async function fill(source: ByteSource, target: Uint8Array): Promise<Uint8Array> {
  let n = 0
  while (n < target.length) {
    const got = await source.read(target.subarray(n))
    if (got === 0) break
    n += got
  }
  return target.subarray(0, n)
}

export class ReadAhead {
  readonly #source: ByteSource
  readonly #size: number
  /** Buffers and what must settle before each may be filled again. */
  readonly #ring: { bytes: Uint8Array; free: Promise<unknown> }[] = []
  #turn = 0
  /** Slot of the buffer that next() gave last. */
  #given = 0
  #next: Promise<Uint8Array>

  /** @param chunkSize buffers hold whole chunks, so that a leaf never spans two of them. */
  constructor(source: ByteSource, chunkSize: number) {
    this.#source = source
    this.#size = chunkSize * Math.max(1, Math.floor(BUFFER / chunkSize))
    this.#next = this.#fill()
  }

  async #fill(): Promise<Uint8Array> {
    const slot = (this.#ring[this.#turn % BUFFERS] ??= {
      bytes: Buffer.allocUnsafeSlow(this.#size),
      free: Promise.resolve()
    })
    await slot.free
    return await fill(this.#source, slot.bytes)
  }

  /** The next buffer, of no bytes at the end; it stays untouched until the call after the next. */
  async next(): Promise<Uint8Array> {
    const bytes = await this.#next
    this.#given = this.#turn % BUFFERS
    if (bytes.length < this.#size) {
      this.#next = Promise.resolve(bytes.subarray(0, 0))
      return bytes
    }
    this.#turn++
    this.#next = this.#fill()
    // A failure is thrown by the call that asks for the buffer, not before.
    this.#next.catch(() => undefined)
    return bytes
  }

  /** Whether nothing follows the buffer that next() gave last. */
  async isLast(): Promise<boolean> {
    return (await this.#next).length === 0
  }

  /** Do not fill the buffer that next() gave last before `work` has settled. */
  holdUntil(work: Promise<unknown>): void {
    work.catch(() => undefined)
    this.#ring[this.#given]!.free = work
  }

  /** All work that buffers were held for. @throws what it threw. */
  async released(): Promise<void> {
    await Promise.all(this.#ring.map(({ free }) => free))
  }
}
