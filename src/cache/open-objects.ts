/**
 * The objects that are being written. An object that was written but not synced is trusted until the
 * machine restarts; once synced it is sealed, which records its size and times, so that foreign
 * writes are noticed.
 */
import { closeSync, fstatSync, fsync, ftruncateSync, openSync, statSync, write } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Clock } from '../core/clock.js'
import { ifPresent, writeFully } from '../core/fs-durable.js'
import { Counter, type CacheIndex } from './index-file.js'
import { ObjectFloat, ObjectState, ObjectWord } from './object-table.js'

const fsyncFile = promisify(fsync)
const writeFile = promisify(write)
/** Time without writes after which an object is sealed. */
const IDLE_MS = 1000
/** Longest wait for pending writes at close. */
const CLOSING_MS = 5000

/** Size and times of a file, in bytes and ms: others than before mean that somebody wrote to it. */
export interface ObjectMark {
  readonly size: number
  readonly mtimeMs: number
  readonly ctimeMs: number
}

export const isSameMark = (one: ObjectMark | undefined, other: ObjectMark | undefined): boolean =>
  one !== undefined &&
  one.size === other?.size &&
  one.mtimeMs === other.mtimeMs &&
  one.ctimeMs === other.ctimeMs

/** An object that is being written. */
interface OpenObject {
  readonly fd: number
  /** Bytes that count against the quota. */
  size: number
  /** Number of writes: a seal during which it grew is repeated. */
  writes: number
  /** Time of the last write, by the clock's count of elapsed time. */
  writtenAt: number
  /** Writes under way. The descriptor stays open until they end, lest its number be reused. */
  pending: number
  removed: boolean
  /** The mark it had when all of it was verified, where we have not written to it since. */
  verified: ObjectMark | undefined
}

const opened = (fd: number, size: number): OpenObject => ({
  fd,
  size,
  writes: 0,
  writtenAt: 0,
  pending: 0,
  removed: false,
  verified: undefined
})

export interface OpenObjectsOptions {
  readonly index: CacheIndex
  readonly clock: Clock
  readonly pathOf: (object: number) => string
  /** Called with an object that could not be synced, whose bytes may be lost. */
  readonly onLost: (object: number) => void
  /** Never throws. */
  readonly onFailure: (error: unknown) => void
}

export class OpenObjects {
  readonly #options: OpenObjectsOptions
  readonly #index: CacheIndex
  readonly #open = new Map<number, OpenObject>()
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: OpenObjectsOptions) {
    this.#options = options
    this.#index = options.index
  }

  /** Returns the bytes of an object that count against the quota; undefined for one that is sealed. */
  sizeOf(object: number): number | undefined {
    return this.#open.get(object)?.size
  }

  /** Creates the file of an object. @throws of the system. */
  create(object: number): void {
    const fd = openSync(this.#options.pathOf(object), 'wx', 0o600)
    this.#open.set(object, opened(fd, 0))
  }

  /** Makes a file `size` bytes long. */
  extend(object: number, size: number): void {
    const open = this.#reopen(object)
    ftruncateSync(open.fd, size)
    this.#grow(object, open, size)
  }

  /** Appends to an object. @returns where the bytes begin. */
  append(object: number, bytes: Uint8Array): number {
    const open = this.#reopen(object)
    const offset = open.size
    writeFully(open.fd, bytes, offset)
    this.#grow(object, open, bytes.length)
    return offset
  }

  #grow(object: number, open: OpenObject, bytes: number): void {
    open.size += bytes
    this.#index.objects.setFloat(object, ObjectFloat.SIZE, open.size)
    this.#noteWrite(open)
  }

  /** Closes an object that is being removed, once its pending writes have ended. */
  drop(object: number): void {
    const open = this.#open.get(object)
    if (open !== undefined) {
      open.removed = true
      if (open.pending === 0) closeSync(open.fd)
    }
    this.#open.delete(object)
  }

  /**
   * Writes into a file object without blocking the thread.
   * @returns whether the object still exists when the write ends.
   */
  async writeAt(object: number, offset: number, bytes: Uint8Array): Promise<boolean> {
    if (!this.#open.has(object) && !this.checkSeal(object)) return false
    const open = this.#reopen(object)
    open.pending++
    try {
      for (let done = 0; done < bytes.length;)
        done += (await writeFile(open.fd, bytes, done, bytes.length - done, offset + done))
          .bytesWritten
    } finally {
      open.pending--
      this.#noteWrite(open)
      if (open.removed && open.pending === 0) closeSync(open.fd)
    }
    return !open.removed
  }

  #noteWrite(open: OpenObject): void {
    open.verified = undefined
    open.writes++
    open.writtenAt = this.#options.clock.elapsed()
    this.#sealSoon()
  }

  /** Opens a sealed object for writing. Its state becomes OPEN, so readers ignore the old seal. */
  #reopen(object: number): OpenObject {
    const known = this.#open.get(object)
    if (known !== undefined) return known
    const size = this.#index.objects.float(object, ObjectFloat.SIZE)
    this.#index.objects.setWord(object, ObjectWord.STATE, ObjectState.OPEN)
    const open = opened(openSync(this.#options.pathOf(object), 'r+'), size)
    this.#open.set(object, open)
    return open
  }

  /**
   * Compares an object with its seal and marks it suspect where they differ. Call before writing
   * to a sealed object: the next seal would hide a foreign write.
   * @returns whether it is unchanged.
   */
  checkSeal(object: number): boolean {
    const found = ifPresent(() => statSync(this.#options.pathOf(object)))
    const isAsSealed =
      found !== undefined &&
      found.size === this.#index.objects.float(object, ObjectFloat.SIZE) &&
      found.mtimeMs === this.#index.objects.float(object, ObjectFloat.MTIME) &&
      found.ctimeMs === this.#index.objects.float(object, ObjectFloat.CTIME)
    if (!isAsSealed) {
      this.#index.objects.setWord(object, ObjectWord.SUSPECT, 1)
      this.#index.count(Counter.SUSPICIONS, 1)
    }
    return isAsSealed
  }

  #sealSoon(): void {
    if (this.#closed) return
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.seal(IDLE_MS).catch(this.#options.onFailure)
    }, IDLE_MS).unref()
  }

  /**
   * Syncs the open objects and seals them.
   * @param idleMs skips, for a later seal, objects written to within this time.
   */
  async seal(idleMs = 0): Promise<void> {
    for (const [object, open] of this.#open) {
      const { writes } = open
      if (open.pending > 0 || this.#options.clock.elapsed() - open.writtenAt < idleMs) {
        this.#sealSoon()
        continue
      }
      try {
        await fsyncFile(open.fd)
      } catch (error) {
        // After a failed fsync the kernel may drop the pages and report the next one as a success,
        // so the object is removed; its descriptor may also have been closed by an eviction.
        if (this.#open.get(object) !== open) continue
        this.#options.onLost(object)
        this.#options.onFailure(error)
      }
      if (this.#open.get(object) !== open) continue
      if (open.writes === writes && open.pending === 0) this.#finishSeal(object, open)
      else this.#sealSoon()
    }
  }

  #finishSeal(object: number, open: OpenObject): void {
    // What was written to it since it was verified, by whomever, must not look as if it had been there then.
    const { size, mtimeMs, ctimeMs } = open.verified ?? fstatSync(open.fd)
    const index = this.#index
    index.objects.setFloat(object, ObjectFloat.SIZE, size)
    index.objects.setFloat(object, ObjectFloat.MTIME, mtimeMs)
    index.objects.setFloat(object, ObjectFloat.CTIME, ctimeMs)
    index.objects.setWord(object, ObjectWord.STATE, ObjectState.SEALED)
    closeSync(open.fd)
    this.#open.delete(object)
  }

  /** Returns the mark of an object; undefined for one that we are writing to, or that is gone. */
  markOf(object: number): ObjectMark | undefined {
    if (this.#open.has(object)) return undefined
    return ifPresent(() => statSync(this.#options.pathOf(object)))
  }

  /**
   * Clears the suspicion of an object whose blocks were all verified, and seals it again soon.
   * @param mark what it was like before and after that; undefined for one that we are writing to.
   */
  clearSuspicion(object: number, mark: ObjectMark | undefined): void {
    const open = this.#reopen(object)
    this.#index.objects.setWord(object, ObjectWord.SUSPECT, 0)
    this.#noteWrite(open)
    open.verified = mark
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    // Descriptors stay open until their pending writes end.
    const deadline = this.#options.clock.elapsed() + CLOSING_MS
    while (
      [...this.#open.values()].some(({ pending }) => pending > 0) &&
      this.#options.clock.elapsed() < deadline
    )
      await delay(5)
    await this.seal()
    for (const { fd } of this.#open.values()) closeSync(fd)
    this.#open.clear()
  }
}
