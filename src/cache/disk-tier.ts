/**
 * The disk tier: objects below a quota, each a file. A pack holds blocks one after another, a file
 * object holds one large file whole. Only the cache's owner uses it. An object that was written but
 * not synced is trusted until the machine restarts; once synced it is sealed, which records its
 * size and times, so that foreign writes are noticed.
 */
import {
  closeSync,
  fstatSync,
  fsync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  write
} from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { ifPresent, makeDir, writeFully } from '../core/fs-durable.js'
import { coldestObject } from './heat.js'
import { CacheIndex, Counter } from './index-file.js'
import { ObjectFloat, ObjectKind, ObjectState, ObjectWord } from './object-table.js'
import type { CacheLayout } from './layout.js'

const fsyncFile = promisify(fsync)
const writeFile = promisify(write)
const MAX_PACK = 16 << 20
/** Time without writes after which an object is sealed. */
const IDLE_MS = 1000
/** Longest wait for pending writes at close. */
const CLOSING_MS = 5000

/** An object that is being written. */
interface OpenObject {
  readonly fd: number
  /** Bytes that count against the quota. */
  size: number
  /** Number of writes: a seal during which it grew is repeated. */
  writes: number
  /** Time of the last write, by performance.now(). */
  writtenAt: number
  /** Writes under way. The descriptor stays open until they end, lest its number be reused. */
  pending: number
  removed: boolean
}

const opened = (fd: number, size: number): OpenObject => ({
  fd,
  size,
  writes: 0,
  writtenAt: 0,
  pending: 0,
  removed: false
})

/** The writer of the objects. */
export class DiskTier {
  readonly #layout: CacheLayout
  readonly #index: CacheIndex
  readonly #quota: number
  readonly #onRemove: (object: number) => void
  readonly #open = new Map<number, OpenObject>()
  #free: number[] = []
  #used = 0
  #pack = -1
  #timer: NodeJS.Timeout | undefined
  #closed = false

  /**
   * @param quota bytes of all objects.
   * @param onRemove is called with each object before its file is removed.
   */
  constructor(
    layout: CacheLayout,
    index: CacheIndex,
    quota: number,
    onRemove: (object: number) => void
  ) {
    this.#layout = layout
    this.#index = index
    this.#quota = quota
    this.#onRemove = onRemove
    makeDir(layout.objects)
  }

  get used(): number {
    return this.#used
  }

  get quota(): number {
    return this.#quota
  }

  /** Yields the objects in use. */
  *objects(): Generator<number, void, undefined> {
    for (let object = 0; object < this.#index.objects.capacity; object++)
      if (this.#index.objects.word(object, ObjectWord.STATE) !== ObjectState.FREE) yield object
  }

  /**
   * Recovers the objects of an earlier owner. An object whose file differs from its seal is
   * marked suspect, and files that belong to no object are removed.
   * @param sameBoot whether the machine has not restarted since, so that unsynced writes survive.
   */
  recover(sameBoot: boolean): void {
    const index = this.#index
    const known = new Set<string>()
    this.#free = []
    this.#used = 0
    for (let object = index.objects.capacity - 1; object >= 0; object--) {
      const state = index.objects.word(object, ObjectWord.STATE)
      if (state === ObjectState.FREE) {
        this.#free.push(object)
        continue
      }
      const found = ifPresent(() => statSync(this.#pathOf(object)))
      if (found === undefined || (state === ObjectState.OPEN && !sameBoot)) {
        this.#release(object)
        continue
      }
      known.add(this.#nameOf(object))
      if (state !== ObjectState.SEALED) index.objects.setWord(object, ObjectWord.SUSPECT, 1)
      else this.#checkSeal(object)
      this.#used += this.#sizeOf(object)
    }
    for (const name of readdirSync(this.#layout.objects))
      if (!known.has(name)) rmSync(`${this.#layout.objects}/${name}`, { force: true })
  }

  #nameOf(object: number): string {
    return `${object}-${this.#index.objects.word(object, ObjectWord.GENERATION)}`
  }

  #pathOf(object: number): string {
    return this.#layout.object(object, this.#index.objects.word(object, ObjectWord.GENERATION))
  }

  #sizeOf(object: number): number {
    return this.#open.get(object)?.size ?? this.#index.objects.float(object, ObjectFloat.SIZE)
  }

  #release(object: number): void {
    this.#index.objects.setWord(object, ObjectWord.STATE, ObjectState.FREE)
    this.#index.objects.setWord(object, ObjectWord.COMPLETE, 0)
    this.#free.push(object)
  }

  /** Reads bytes of an object, unverified; undefined if it is shorter or missing. */
  read(object: number, offset: number, length: number): Uint8Array | undefined {
    const fd = ifPresent(() => openSync(this.#pathOf(object), 'r'))
    if (fd === undefined) return undefined
    try {
      const bytes = Buffer.allocUnsafeSlow(length)
      return readSync(fd, bytes, 0, length, offset) === length ? bytes : undefined
    } finally {
      closeSync(fd)
    }
  }

  /** Appends a block to the current pack. @returns its place; undefined if no room can be made. */
  append(block: Uint8Array): { object: number; offset: number } | undefined {
    if (!this.#makeRoom(block.length)) return undefined
    let open = this.#openPack()
    // A pack is evicted as one, so a small quota needs small packs.
    const maxSize = Math.min(MAX_PACK, this.#quota / 16)
    if (open === undefined || (open.size > 0 && open.size + block.length > maxSize)) {
      const pack = this.#create(ObjectKind.PACK)
      if (pack === undefined) return undefined
      this.#pack = pack
      open = this.#open.get(pack)!
    }
    const offset = open.size
    writeFully(open.fd, block, offset)
    this.#noteGrowth(this.#pack, open, block.length)
    return { object: this.#pack, offset }
  }

  /** Returns the pack being filled, opened again if it was sealed meanwhile. */
  #openPack(): OpenObject | undefined {
    const pack = this.#pack
    if (pack < 0 || this.#index.objects.word(pack, ObjectWord.SUSPECT) !== 0) return undefined
    return this.#open.get(pack) ?? (this.#checkSeal(pack) ? this.#reopen(pack) : undefined)
  }

  /**
   * Compares an object with its seal and marks it suspect where they differ. Call before writing
   * to a sealed object: the next seal would hide a foreign write.
   * @returns whether it is unchanged.
   */
  #checkSeal(object: number): boolean {
    const found = ifPresent(() => statSync(this.#pathOf(object)))
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

  /** Creates a file object of `size` bytes, which all count against the quota at once. */
  createFile(size: number): number | undefined {
    if (size > this.#quota / 2 || !this.#makeRoom(size)) return undefined
    const object = this.#create(ObjectKind.FILE)
    if (object === undefined) return undefined
    const open = this.#open.get(object)!
    ftruncateSync(open.fd, size)
    this.#noteGrowth(object, open, size)
    return object
  }

  /**
   * Writes into a file object without blocking the thread.
   * @returns whether the object still exists when the write ends.
   */
  async writeAt(object: number, offset: number, bytes: Uint8Array): Promise<boolean> {
    if (!this.#open.has(object) && !this.#checkSeal(object)) return false
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
    open.writes++
    open.writtenAt = performance.now()
    this.#sealSoon()
  }

  /** Opens a sealed object for writing. Its state becomes OPEN, so readers ignore the old seal. */
  #reopen(object: number): OpenObject {
    const known = this.#open.get(object)
    if (known !== undefined) return known
    const size = this.#index.objects.float(object, ObjectFloat.SIZE)
    this.#index.objects.setWord(object, ObjectWord.STATE, ObjectState.OPEN)
    const open = opened(openSync(this.#pathOf(object), 'r+'), size)
    this.#open.set(object, open)
    return open
  }

  /** Creates an object in a free slot, evicting one if all slots are in use. */
  #create(kind: number): number | undefined {
    while (this.#free.length === 0) if (!this.removeColdest()) return undefined
    const object = this.#free.at(-1)!
    const index = this.#index
    const now = Date.now() / 1000
    index.objects.addWord(object, ObjectWord.GENERATION, 1)
    const fd = openSync(this.#pathOf(object), 'wx', 0o600)
    this.#free.pop()
    index.objects.setWord(object, ObjectWord.KIND, kind)
    index.objects.setWord(object, ObjectWord.SUSPECT, 0)
    index.objects.setWord(object, ObjectWord.COMPLETE, 0)
    index.objects.setWord(object, ObjectWord.TOUCHES, 0)
    index.objects.setWord(object, ObjectWord.TOUCHED, Math.floor(now))
    index.objects.setFloat(object, ObjectFloat.CREATED, now)
    index.objects.setFloat(object, ObjectFloat.SIZE, 0)
    index.objects.setWord(object, ObjectWord.STATE, ObjectState.OPEN)
    this.#open.set(object, opened(fd, 0))
    return object
  }

  #noteGrowth(object: number, open: OpenObject, bytes: number): void {
    open.size += bytes
    this.#used += bytes
    this.#index.objects.setFloat(object, ObjectFloat.SIZE, open.size)
    this.#noteWrite(open)
  }

  /** Evicts the coldest objects until `bytes` fit. @returns whether they do. */
  #makeRoom(bytes: number): boolean {
    if (bytes > this.#quota) return false
    while (this.#used + bytes > this.#quota) if (!this.removeColdest()) return false
    return true
  }

  /** Evicts the coldest object. @returns whether there was one. */
  removeColdest(): boolean {
    const coldest = coldestObject(this.#index.objects, [...this.objects()], this.#quota, (object) => this.#sizeOf(object)) // prettier-ignore
    if (coldest !== undefined) this.remove(coldest)
    return coldest !== undefined
  }

  /** Removes an object with all its blocks. */
  remove(object: number): void {
    this.#onRemove(object)
    this.#used -= this.#sizeOf(object)
    const open = this.#open.get(object)
    if (open !== undefined) {
      open.removed = true
      if (open.pending === 0) closeSync(open.fd)
    }
    this.#open.delete(object)
    if (object === this.#pack) this.#pack = -1
    rmSync(this.#pathOf(object), { force: true })
    this.#release(object)
  }

  #sealSoon(): void {
    if (this.#closed) return
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.seal(IDLE_MS).catch((error: unknown) =>
        console.error('the cache cannot be synced', error)
      )
    }, IDLE_MS).unref()
  }

  /**
   * Syncs the open objects and seals them.
   * @param idleMs skips, for a later seal, objects written to within this time.
   */
  async seal(idleMs = 0): Promise<void> {
    for (const [object, open] of this.#open) {
      const { writes } = open
      if (open.pending > 0 || performance.now() - open.writtenAt < idleMs) {
        this.#sealSoon()
        continue
      }
      try {
        await fsyncFile(open.fd)
      } catch (error) {
        // After a failed fsync the kernel may drop the pages and report the next one as a success,
        // so the object is removed; its descriptor may also have been closed by an eviction.
        if (this.#open.get(object) === open) this.remove(object)
        console.error('a file of the cache cannot be synced, and is let go of', error)
      }
      if (this.#open.get(object) !== open) continue
      if (open.writes === writes) this.#finishSeal(object, open)
      else this.#sealSoon()
    }
  }

  #finishSeal(object: number, open: OpenObject): void {
    const { size, mtimeMs, ctimeMs } = fstatSync(open.fd)
    const index = this.#index
    index.objects.setFloat(object, ObjectFloat.SIZE, size)
    index.objects.setFloat(object, ObjectFloat.MTIME, mtimeMs)
    index.objects.setFloat(object, ObjectFloat.CTIME, ctimeMs)
    index.objects.setWord(object, ObjectWord.STATE, ObjectState.SEALED)
    closeSync(open.fd)
    this.#open.delete(object)
  }

  /** Clears the suspicion of an object whose blocks were all verified, and seals it again soon. */
  clearSuspicion(object: number): void {
    const open = this.#reopen(object)
    this.#index.objects.setWord(object, ObjectWord.SUSPECT, 0)
    this.#noteWrite(open)
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    // Descriptors stay open until their pending writes end.
    const deadline = performance.now() + CLOSING_MS
    while (
      [...this.#open.values()].some(({ pending }) => pending > 0) &&
      performance.now() < deadline
    )
      await delay(5)
    await this.seal()
    for (const { fd } of this.#open.values()) closeSync(fd)
    this.#open.clear()
  }
}
