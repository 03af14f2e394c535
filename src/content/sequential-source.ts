/** Reads a file or stream into large buffers, the next one while the current one is processed. */
import { read } from 'node:fs'
import { promisify } from 'node:util'

const BUFFER = 1 << 20
/** Number of buffers: one being read, one being hashed, two being written. */
const BUFFERS = 4

const fdRead = promisify(read)

export interface SequentialSource {
  /** Reads bytes into `target`. @returns how many; 0 at the end. */
  read(target: Uint8Array): Promise<number>
}

/** Returns a source that reads an open file from its start. */
export const sequentialFile = (fd: number): SequentialSource => {
  let position = 0
  return {
    async read(target) {
      const { bytesRead } = await fdRead(fd, target, 0, target.length, position)
      position += bytesRead
      return bytesRead
    }
  }
}

/** Returns a source that reads a stream of byte chunks. */
export const sequentialStream = (stream: AsyncIterable<Uint8Array>): SequentialSource => {
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

async function fill(source: SequentialSource, target: Uint8Array): Promise<Uint8Array> {
  let n = 0
  while (n < target.length) {
    const got = await source.read(target.subarray(n))
    if (got === 0) break
    n += got
  }
  return target.subarray(0, n)
}

/** The ring of buffers over one source. */
export class ReadAhead {
  readonly #source: SequentialSource
  readonly #size: number
  /** The buffers; each is filled again only after its `free` has settled. */
  readonly #ring: { bytes: Uint8Array; free: Promise<unknown> }[] = []
  #turn = 0
  /** Slot of the buffer that next() returned last. */
  #lastSlot = 0
  #next: Promise<Uint8Array>

  /** @param chunkSize buffers are multiples of it, so that no leaf spans two of them. */
  constructor(source: SequentialSource, chunkSize: number) {
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

  /** Returns the next buffer, empty at the end; it is valid until the call after the next. */
  async next(): Promise<Uint8Array> {
    const bytes = await this.#next
    this.#lastSlot = this.#turn % BUFFERS
    if (bytes.length < this.#size) {
      this.#next = Promise.resolve(bytes.subarray(0, 0))
      return bytes
    }
    this.#turn++
    this.#next = this.#fill()
    // The call that returns this buffer throws its error; until then it counts as handled.
    this.#next.catch(() => undefined)
    return bytes
  }

  /** Returns whether the buffer that next() returned last is followed by no bytes. */
  async isLast(): Promise<boolean> {
    return (await this.#next).length === 0
  }

  /** Keeps the buffer that next() returned last from being refilled until `work` has settled. */
  holdUntil(work: Promise<unknown>): void {
    work.catch(() => undefined)
    this.#ring[this.#lastSlot]!.free = work
  }

  /** Waits for all work that buffers are held for. @throws the first error of that work. */
  async drain(): Promise<void> {
    await Promise.all(this.#ring.map(({ free }) => free))
  }
}
