/**
 * The write-ahead log of a home: an append-only sequence of entries in segment files, for the owner of
 * the home alone. FORMAT.md describes the files.
 */
import { fdatasync, ftruncate, write } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Clock } from '../core/clock.js'
import { KitError, toKitError } from '../core/errors.js'
import type { Log } from '../core/log.js'
import { encodeFrame, entrySize, MAX_BODY, type LogEntry, type NewEntry } from './frame.js'
import { HOLDER_OF } from './kinds.js'
import { recover } from './recover.js'
import { readLog } from './read-log.js'
import { closeFd, createSegment, removeFile, syncFolder } from './segment-file.js'
import { segmentName } from './segment.js'

export type { LogEntry, NewEntry } from './frame.js'
export { readLog } from './read-log.js'

const writeAt = promisify(write)
const datasync = promisify(fdatasync)
const truncate = promisify(ftruncate)

/** How long a write takes until it is told of. */
const SLOW_MS = 1000
const SEGMENT_BYTES = 16 << 20
/** Size from which on `turn` begins a new one: less is read in no time. */
const TURN_BYTES = 1 << 20
/** Bytes of entries that one write takes together, unless a single call has more. */
const BATCH_BYTES = 4 << 20

export interface LogTools {
  readonly clock: Clock
  readonly log: Pick<Log, 'warn'>
  /** Size from which on the next entry begins a new segment. */
  readonly segmentBytes?: number
}

interface Request {
  readonly entries: readonly NewEntry[]
  readonly bytes: number
  readonly resolve: (lsn: number) => void
  readonly reject: (error: KitError) => void
}

/** A segment before the one that is written to. */
interface Finished {
  readonly first: number
  readonly kinds: ReadonlySet<number>
}

export class WriteAheadLog {
  readonly folder: string
  readonly #tools: LogTools
  readonly #marks = new Map<string, number>()
  #finished: Finished[]
  /** The segment that is written to. */
  #fd: number
  #first: number
  #kinds: Set<number>
  #size: number
  #end: number
  #queue: Request[] = []
  #writing: Promise<void> | undefined
  #failed: KitError | undefined

  private constructor(folder: string, tools: LogTools, found: Awaited<ReturnType<typeof recover>>) {
    this.folder = folder
    this.#tools = tools
    this.#finished = found.segments.slice(0, -1)
    const last = found.segments.at(-1)!
    this.#fd = found.fd
    this.#first = last.first
    this.#kinds = new Set(last.kinds)
    this.#size = found.size
    this.#end = found.next - 1
  }

  /**
   * Opens a log for writing, making it where there is none. A torn frame at its end is cut off with a
   * warning. The caller keeps other writers out.
   * @throws CORRUPT_FORMAT for any other damage, naming file and offset, having changed nothing;
   * NEWER_FORMAT for a newer version.
   */
  static async open(folder: string, tools: LogTools): Promise<WriteAheadLog> {
    const found = await recover(folder, tools.log.warn)
    return new WriteAheadLog(folder, tools, found)
  }

  /** LSN of the last durable entry; 0 for a log that never had one. */
  get end(): number {
    return this.#end
  }

  /** Why the log takes nothing more; undefined as long as it does. */
  get failure(): KitError | undefined {
    return this.#failed
  }

  /**
   * Appends an entry. Resolves with its LSN when it is durable; calls at the same time share one write
   * and one fdatasync.
   * @throws NO_SPACE, IO and the like: it may not be in the log, and every later call fails until the
   * log is opened again, as nobody knows what a failed sync left on the disk. TOO_LARGE, CLOSED.
   */
  append(kind: number, payload: Uint8Array): Promise<number> {
    return this.appendAll([{ kind, payload }])
  }

  /** Appends entries, all or nothing after a crash. Resolves with the LSN of the last. @throws as `append`. */
  appendAll(entries: readonly NewEntry[]): Promise<number> {
    const bytes = entries.reduce((sum, entry) => sum + entrySize(entry), 0)
    if (bytes > MAX_BODY)
      return Promise.reject(
        new KitError('TOO_LARGE', `${bytes} bytes are more than the log takes at once, ${MAX_BODY}`)
      )
    if (this.#failed !== undefined) return Promise.reject(this.#failed)
    if (entries.length === 0) return Promise.resolve(this.#end)
    return new Promise((resolve, reject) => {
      this.#queue.push({ entries, bytes, resolve, reject })
      this.#writing ??= this.#writeAll()
    })
  }

  /** Writes until nothing waits. It never rejects. */
  async #writeAll(): Promise<void> {
    // Calls of the same turn come first, so that they share the write.
    await Promise.resolve()
    while (this.#queue.length > 0 && this.#failed === undefined) {
      const batch = this.#takeBatch()
      try {
        await this.#write(batch.flatMap(({ entries }) => entries))
      } catch (error) {
        await this.#fail(error, batch)
        break
      }
      let lsn = this.#end - batch.reduce((sum, { entries }) => sum + entries.length, 0)
      for (const { entries, resolve } of batch) resolve((lsn += entries.length))
    }
    this.#writing = undefined
  }

  #takeBatch(): readonly Request[] {
    let bytes = 0
    let count = 0
    for (const request of this.#queue) {
      bytes += request.bytes
      if (count > 0 && bytes > BATCH_BYTES) break
      count++
    }
    return this.#queue.splice(0, count)
  }

  async #write(entries: readonly NewEntry[]): Promise<void> {
    const { clock, log, segmentBytes = SEGMENT_BYTES } = this.#tools
    const began = clock.elapsed()
    if (this.#size >= segmentBytes) await this.#nextSegment()
    const bytes = encodeFrame(this.#end + 1, entries)
    for (let at = 0; at < bytes.length;) {
      const left = bytes.length - at
      at += (await writeAt(this.#fd, bytes, at, left, this.#size + at)).bytesWritten
    }
    await datasync(this.#fd)
    const ms = clock.elapsed() - began
    if (ms > SLOW_MS) log.warn(`the disk took ${Math.round(ms)} ms for a write to ${this.folder}`)
    for (const { kind } of entries) this.#kinds.add(kind)
    this.#size += bytes.length
    this.#end += entries.length
  }

  /**
   * Begins a new segment where the last one has become large: whoever reads from here on need not read
   * what is before. A failure is one of the log, as of a write.
   */
  async turn(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing
    if (this.#failed !== undefined || this.#size < TURN_BYTES) return
    this.#writing = this.#nextSegment()
      .catch((error: unknown) => this.#fail(error, []))
      .then(() => this.#writeAll())
    await this.#writing
  }

  async #nextSegment(): Promise<void> {
    const first = this.#end + 1
    const { fd, size } = await createSegment(this.folder, first)
    const before = this.#fd
    this.#finished.push({ first: this.#first, kinds: this.#kinds })
    this.#fd = fd
    this.#size = size
    this.#first = first
    this.#kinds = new Set()
    await closeFd(before)
    await this.#pruneIfPossible()
  }

  async #fail(cause: unknown, batch: readonly Request[]): Promise<void> {
    const path = join(this.folder, segmentName(this.#first))
    const error = toKitError(cause, `the log ${path} cannot be written`)
    const said = `an earlier write failed, so that nothing is written until the log is opened again: ${error.message}`
    this.#failed = new KitError(error.code, said, { cause })
    // What was never acknowledged should not come back. Where this fails too, it is torn or may do so.
    await truncate(this.#fd, this.#size).catch(() => undefined)
    for (const { reject } of batch) reject(error)
    for (const { reject } of this.#queue.splice(0)) reject(this.#failed)
  }

  /** Yields the durable entries from an LSN on, as `readLog` does. */
  *read(from: number): Generator<LogEntry> {
    const end = this.#end
    for (const entry of readLog(this.folder, from)) {
      if (entry.lsn > end) return
      yield entry
    }
  }

  /** Sets the mark of a holder (kinds.ts): it needs entries from this LSN on. */
  hold(name: string, lsn: number): void {
    this.#marks.set(name, lsn)
  }

  /** LSNs of the first entries of the segments that nobody needs, oldest first, and where they end. */
  get prunable(): { readonly segments: readonly number[]; readonly end: number } {
    const segments: number[] = []
    let end = this.#finished[0]?.first ?? this.#first
    for (const [i, { first, kinds }] of this.#finished.entries()) {
      const next = this.#endOf(i) + 1
      if (![...kinds].every((kind) => this.#isFree(kind, next))) break
      segments.push(first)
      end = next
    }
    return { segments, end }
  }

  #isFree(kind: number, next: number): boolean {
    const mark = this.#marks.get(HOLDER_OF.get(kind) ?? '')
    return mark !== undefined && mark >= next
  }

  /** Removes the segments that nobody needs, oldest first, so that what stays is without a gap. */
  async prune(): Promise<void> {
    const { segments, end } = this.prunable
    if (segments.length === 0) return
    // First, so that a second call at the same time does not remove them, too.
    this.#finished = this.#finished.filter(({ first }) => first >= end)
    for (const first of segments) await removeFile(join(this.folder, segmentName(first)))
    await syncFolder(this.folder)
  }

  /** Prunes where nobody asked for it: that it fails costs room alone. */
  async #pruneIfPossible(): Promise<void> {
    try {
      await this.prune()
    } catch (error) {
      this.#tools.log.warn(`old files of the log stay: ${toKitError(error).message}`)
    }
  }

  /** Returns how many complete segments end behind an LSN. */
  segmentsBehind(lsn: number): number {
    return this.#finished.filter((_, i) => this.#endOf(i) >= lsn).length
  }

  /** LSN of the last entry of a complete segment. */
  #endOf(index: number): number {
    return (this.#finished[index + 1]?.first ?? this.#first) - 1
  }

  /** Waits for what is being written, prunes and closes. Later calls fail with CLOSED. */
  async close(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing
    const wasOpen = this.#failed?.code !== 'CLOSED'
    if (this.#failed === undefined) await this.#pruneIfPossible()
    this.#failed = new KitError('CLOSED', `the log ${this.folder} is closed`)
    if (wasOpen) await closeFd(this.#fd)
  }
}
