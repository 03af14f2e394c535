/**
 * Files whose put was cut off, on servers that append to files. Their names tell for which file they are, so
 * that a later put goes on where the earlier one ended: with the bytes that are there, once they have been
 * read back and are the same.
 */
import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { abortion } from '../../src/core/abort.js'
import { isKitError } from '../../src/core/errors.js'
import { giveBack } from '../../src/core/piece-memory.js'
import { tellProgress, whileTimeStands } from '../call-time.js'
import type { FileContent } from '../facets/named-files.js'

/** Bytes from which going on is worth its questions. */
export const MIN_RESUMED = 8 << 20
/** Puts that are remembered, and for how long. */
const MAX_KNOWN = 1024
const MAX_AGE_MS = 24 * 3_600_000
/** Who writes to a file shows it within this. */
const QUIET_MS = 5000
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
  /** Whether a put of this process left it, and not another one, which may be at it still. */
  readonly isOwn: boolean
}

interface Known extends CutOffPut {
  /** Ms of a monotonic clock. */
  readonly since: number
}

/** Remembers the files that were left, by the names that they are for. */
export class CutOffPuts {
  readonly #known = new Map<string, Known>()
  /** Files that this process is at. */
  readonly #running = new Set<string>()

  /** Runs a put that writes to a path, which is no leftover meanwhile. */
  async during<T>(path: string, put: () => Promise<T>): Promise<T> {
    this.#running.add(path)
    try {
      return await put()
    } finally {
      this.#running.delete(path)
    }
  }

  /** Remembers what a listing shows. @param path with an identifier in it; of others nothing is remembered. */
  found(path: string): void {
    const key = keyOf(path)
    if (key === undefined || this.#running.has(path)) return
    if (this.#known.size < MAX_KNOWN && !this.#known.has(key)) this.#set(key, path, false)
  }

  /** Remembers what a put of this process left. @returns the paths that nobody will go on with, to be removed. */
  left(path: string): string[] {
    const key = keyOf(path)
    if (key === undefined || this.#known.size >= MAX_KNOWN) return [path]
    const before = this.#known.get(key)
    this.#set(key, path, true)
    return before?.isOwn === true && before.path !== path ? [before.path] : []
  }

  #set(key: string, path: string, isOwn: boolean): void {
    this.#known.set(key, { path, isOwn, since: performance.now() })
  }

  /** Returns what was left of a put of this name, once. */
  take(name: string): CutOffPut | undefined {
    const key = putId(name).slice(0, NAMED)
    const found = this.#known.get(key)
    this.#known.delete(key)
    return found
  }

  /** Gives back what was taken and is as it was. */
  giveBack({ path, isOwn }: CutOffPut): void {
    const key = keyOf(path)
    if (key !== undefined && !this.#known.has(key)) this.#set(key, path, isOwn)
  }

  /** Forgets what nobody went on with for long. @returns the paths of this process, to be removed. */
  expired(now = performance.now()): string[] {
    const old = [...this.#known].filter(([, { since }]) => now - since > MAX_AGE_MS)
    for (const [key] of old) this.#known.delete(key)
    return old.flatMap(([, { path, isOwn }]) => (isOwn ? [path] : []))
  }
}

/** Returns the part of a path that tells for which name it is; undefined for a path that tells none. */
const keyOf = (path: string): string | undefined =>
  ID.exec(path.slice(path.lastIndexOf('/') + 1))?.[0].slice(0, NAMED)

/** What shows whether somebody writes to a file. */
export interface FileState {
  /** In bytes. */
  readonly size: number
  /** As the server says it. */
  readonly modified: unknown
}

export const isSameState = (a: FileState, b: FileState): boolean =>
  a.size === b.size && a.modified === b.modified

/** Waits for what an earlier connection or another process may still write to a file. */
export const whileQuiet = (signal: AbortSignal): Promise<void> =>
  whileTimeStands(signal, () => delay(QUIET_MS, undefined, { signal }))

/** Whether a put ended because of the line or the server, which may be there again later. */
export const isCutOff = (error: unknown): boolean =>
  isKitError(error, 'BACKEND_UNAVAILABLE') || isKitError(error, 'TIMEOUT')

type Pieces = AsyncGenerator<Uint8Array>

/** What a server has of a file. */
export interface Stored {
  /** In bytes. */
  readonly size: number
  readonly pieces: AsyncIterable<Uint8Array>
}

/** The rest of some content, which is to be gone through or ended. */
export interface Rest {
  readonly pieces: AsyncIterable<Uint8Array>
  readonly end: () => void
}

/**
 * Returns what of some content follows the bytes that are stored; undefined where those are others, or more, or
 * could not all be read. They have been compared by then, every one of them.
 */
export async function restAfter(
  content: FileContent,
  stored: Stored,
  signal: AbortSignal
): Promise<Rest | undefined> {
  const pieces = iterated(content())
  // Nobody waits for it: content that stands still may hold it up.
  const end = (): void => void pieces.return(undefined).catch(() => undefined)
  const { aborted, end: leave } = abortion(signal)
  let rest: Rest | undefined
  try {
    const first = await pastSame(pieces, stored, signal, aborted)
    if (first !== undefined) rest = { pieces: joined(first, pieces), end }
    return rest
  } finally {
    leave()
    if (rest === undefined) end()
  }
}

async function* iterated(pieces: ReturnType<FileContent>): Pieces {
  yield* pieces
}

/** Returns the rest of the piece in which the stored bytes end; undefined where they are other ones. */
async function pastSame(
  pieces: Pieces,
  stored: Stored,
  signal: AbortSignal,
  aborted: Promise<never>
): Promise<Uint8Array | undefined> {
  let rest: Uint8Array = new Uint8Array(0)
  let compared = 0
  for await (const found of stored.pieces) {
    tellProgress(signal)
    for (let at = 0; at < found.length;) {
      while (rest.length === 0) {
        const next = await Promise.race([pieces.next(), aborted])
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
    compared += found.length
    giveBack(found)
  }
  return compared === stored.size ? rest : undefined
}

async function* joined(first: Uint8Array, pieces: Pieces): Pieces {
  try {
    if (first.length > 0) yield first
    yield* pieces
  } finally {
    await pieces.return(undefined)
  }
}
