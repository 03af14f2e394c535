/** Cuts content of unknown length into parts that a multipart upload takes. */
import { createHash } from 'node:crypto'
import { abortion } from '../../src/core/abort.js'
import type { Semaphore } from '../../src/core/semaphore.js'
import { whileTimeStands } from '../call-time.js'
import type { FileContent } from '../facets/named-files.js'

/** Bytes of the first parts. Servers take at least 5 MiB, and 10,000 parts. */
const PART = 8 << 20
const MIB = 1 << 20
/** Parts of content of a known length: encryption makes it longer, so that some are to spare. */
const PARTS_OF_KNOWN = 9000
/** After so many parts they are twice as large, so that 10,000 reach the 5 TiB of the largest object. */
const DOUBLED_AFTER = 1000

/** Bytes of a part by its number, from 1 on, and by the length of all where that is known. */
function sizeOf(number: number, size: number | undefined): number {
  if (size === undefined) return PART * 2 ** Math.floor((number - 1) / DOUBLED_AFTER)
  return Math.max(PART, MIB * Math.ceil(size / PARTS_OF_KNOWN / MIB))
}

export interface Part {
  readonly number: number
  /** Its bytes, as the content gave them. */
  readonly pieces: readonly Uint8Array[]
  readonly length: number
  readonly sha256: Buffer
  /** Whether nothing follows. */
  readonly isLast: boolean
  /** Makes room for another one; to be called when it is not needed any more, or more often. */
  readonly release: () => void
}

/** What is gathered for one part. Each piece is hashed as it comes, while the processor has it at hand. */
class Gathered {
  readonly release: () => void
  readonly #number: number
  readonly #size: number
  readonly #hash = createHash('sha256')
  readonly #pieces: Uint8Array[] = []
  #length = 0

  constructor(number: number, size: number, release: () => void) {
    this.#number = number
    this.#size = size
    this.release = release
  }

  get room(): number {
    return this.#size - this.#length
  }

  add(piece: Uint8Array): void {
    this.#hash.update(piece)
    this.#pieces.push(piece)
    this.#length += piece.length
  }

  part(isLast: boolean): Part {
    return {
      number: this.#number,
      pieces: this.#pieces,
      length: this.#length,
      sha256: this.#hash.digest(),
      isLast,
      release: this.release
    }
  }
}

/**
 * Gives the parts one after the other; at least one, which may be empty.
 * @param room for bytes in memory: each part takes its own before it is gathered.
 * @param size of the content in bytes, where it is known.
 */
export async function* partsOf(
  content: FileContent,
  room: Semaphore,
  signal: AbortSignal,
  size?: number
): AsyncGenerator<Part, void, undefined> {
  let number = 0
  const begin = async (): Promise<Gathered> => {
    const bytes = sizeOf(++number, size)
    return new Gathered(number, bytes, await take(room, bytes, signal))
  }
  let gathered = await begin()
  try {
    for await (const piece of unlessAborted(content(), signal))
      for (let at = 0; at < piece.length;) {
        if (gathered.room === 0) {
          yield gathered.part(false)
          gathered = await begin()
        }
        const taken = piece.subarray(at, at + gathered.room)
        gathered.add(taken)
        at += taken.length
      }
    yield gathered.part(true)
  } catch (error) {
    gathered.release()
    throw error
  }
}

/** Takes bytes of a semaphore; a wait for those who have them is none for the server. @returns gives them back. */
const take = (room: Semaphore, bytes: number, signal: AbortSignal): Promise<() => void> =>
  whileTimeStands(
    signal,
    () =>
      new Promise((resolve, reject) => {
        room.run(bytes, () => new Promise<void>(resolve), signal).catch(reject)
      })
  )

/** Leaves content that stands still when the call is over. */
async function* unlessAborted(
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  signal: AbortSignal
): AsyncIterable<Uint8Array> {
  const { aborted, end } = abortion(signal)
  const pieces =
    Symbol.asyncIterator in content ? content[Symbol.asyncIterator]() : content[Symbol.iterator]()
  let isDone = false
  try {
    for (;;) {
      if (signal.aborted) throw signal.reason
      const next = await Promise.race([pieces.next(), aborted])
      isDone = next.done === true
      if (next.done === true) return
      yield next.value
    }
  } finally {
    end()
    if (!isDone) void Promise.resolve(pieces.return?.()).catch(() => undefined)
  }
}
