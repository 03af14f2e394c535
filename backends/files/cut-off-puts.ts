/**
 * Files whose put was cut off, on servers that append to files. Their names tell for which file they are, so
 * that a later put goes on where the earlier one ended: with the bytes that are there, once they have been
 * read back and are the same.
 */
import { createHash, randomBytes } from 'node:crypto'
import { isKitError } from '../../src/core/errors.js'
import { giveBack } from '../../src/core/piece-memory.js'
import { tellProgress } from '../call-time.js'
import type { FileContent } from '../facets/named-files.js'

/** Bytes from which going on is worth its questions. */
export const MIN_RESUMED = 8 << 20
/** Puts that are remembered. */
const MAX_KNOWN = 1024
/** The part of an identifier that tells the name: 64 bits in hex, and two dashes. */
const NAMED = 18
const ID = /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/

/** Returns an identifier that nobody else makes, in the form of a UUID. Its first half tells the name. */
export function putId(name: string): string {
  const named = createHash('sha256').update(name).digest('hex').slice(0, 16)
  const hex = named + randomBytes(8).toString('hex')
  return [[0, 8], [8, 12], [12, 16], [16, 20], [20, 32]].map(([from, to]) => hex.slice(from, to)).join('-') // prettier-ignore
}

export interface CutOffPut {
  readonly path: string
  /** Whether a put of this process left it, which nobody else is at. */
  readonly isOwn: boolean
}

/** Remembers the files that were left, by the names that they are for. */
export class CutOffPuts {
  readonly #known = new Map<string, CutOffPut>()

  /** @param path with an identifier in it; of others nothing is remembered. */
  add(path: string, isOwn: boolean): void {
    const id = ID.exec(path.slice(path.lastIndexOf('/') + 1))?.[0]
    if (id !== undefined && this.#known.size < MAX_KNOWN)
      this.#known.set(id.slice(0, NAMED), { path, isOwn })
  }

  /** Returns what was left of a put of this name, once. */
  take(name: string): CutOffPut | undefined {
    const key = putId(name).slice(0, NAMED)
    const found = this.#known.get(key)
    this.#known.delete(key)
    return found
  }
}

/** Whether a put ended because of the line or the server, which may be there again later. */
export const isCutOff = (error: unknown): boolean =>
  isKitError(error, 'BACKEND_UNAVAILABLE') || isKitError(error, 'TIMEOUT')

type Pieces = AsyncGenerator<Uint8Array>

/** The rest of some content, which is to be gone through or ended. */
export interface Rest {
  readonly pieces: AsyncIterable<Uint8Array>
  readonly end: () => Promise<unknown>
}

/**
 * Returns what of some content follows the bytes that are stored; undefined where those are others, or more.
 * The stored bytes have been compared by then, all of them.
 */
export async function restAfter(
  content: FileContent,
  stored: AsyncIterable<Uint8Array>,
  signal: AbortSignal
): Promise<Rest | undefined> {
  const pieces = iterated(content())
  const end = (): Promise<unknown> => pieces.return(undefined)
  let isFollowed = false
  try {
    const first = await pastSame(pieces, stored, signal)
    if (first === undefined) return undefined
    isFollowed = true
    return { pieces: joined(first, pieces), end }
  } finally {
    if (!isFollowed) await end()
  }
}

async function* iterated(pieces: ReturnType<FileContent>): Pieces {
  yield* pieces
}

/** Returns the rest of the piece in which the stored bytes end; undefined where they are other ones. */
async function pastSame(
  pieces: Pieces,
  stored: AsyncIterable<Uint8Array>,
  signal: AbortSignal
): Promise<Uint8Array | undefined> {
  let rest: Uint8Array = new Uint8Array(0)
  for await (const found of stored) {
    tellProgress(signal)
    for (let at = 0; at < found.length;) {
      while (rest.length === 0) {
        const next = await pieces.next()
        if (next.done === true) return undefined
        rest = next.value
      }
      const length = Math.min(rest.length, found.length - at)
      const same = rest.subarray(0, length)
      if (Buffer.compare(same, found.subarray(at, at + length)) !== 0) return undefined
      at += length
      rest = rest.subarray(length)
      giveBack(same)
    }
    giveBack(found)
  }
  return rest
}

async function* joined(first: Uint8Array, pieces: Pieces): Pieces {
  if (first.length > 0) yield first
  yield* pieces
}
