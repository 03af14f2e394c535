/**
 * The disk tier: blocks one behind the other in packs, and large files whole, each in a file of
 * its own, below a quota. Only its owner has it. What is not durable yet is believed as long as
 * the machine runs; an object is sealed, with its size and times on record, once it is.
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
import { coldestOf } from './heat.js'
import { CacheIndex, Counter } from './index-file.js'
import { ObjectFloat, ObjectKind, ObjectState, ObjectWord } from './object-table.js'
import type { CacheLayout } from './layout.js'

const fsyncFile = promisify(fsync)
const writeFile = promisify(write)
const MAX_PACK = 16 << 20
/** How long nothing may be written to an object before it is sealed. */
const IDLE_MS = 1000
/** How long writes under way are waited for at the end. */
const CLOSING_MS = 5000

/** An object that is being written. */
interface OpenObject {
  readonly fd: number
  /** Bytes that it counts for. */
  size: number
  /** Goes up with every write: sealing begins anew where it has. */
  writes: number
  /** Of the last one, by performance.now(). */
  writtenAt: number
  /** Writes under way: its descriptor must not become another file's before they end. */
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

export class DiskTier {
  readonly #layout: CacheLayout
  readonly #index: CacheIndex
  readonly #quota: number
  readonly #gone: (object: number) => void
  readonly #open = new Map<number, OpenObject>()
  #free: number[] = []
  #used = 0
  #pack = -1
  #timer: NodeJS.Timeout | undefined
  #closed = false

  /**
   * @param quota bytes of all objects.
   * @param gone told of every object that is let go of, before its file is.
   */
  constructor(
    layout: CacheLayout,
    index: CacheIndex,
    quota: number,
    gone: (object: number) => void
  ) {
    this.#layout = layout
    this.#index = index
    this.#quota = quota
    this.#gone = gone
    makeDir(layout.objects)
  }

  get used(): number {
    return this.#used
  }

  get quota(): number {
    return this.#quota
  }

  /** Objects that there are. */
  *objects(): Generator<number, void, undefined> {
    for (let object = 0; object < this.#index.objects.capacity; object++)
      if (this.#index.objects.word(object, ObjectWord.STATE) !== ObjectState.FREE) yield object
  }

  /**
   * Take up what an earlier owner left. Objects whose files are not as they were sealed have to
   * be checked before they are read; files that belong to no object are removed.
   * @param sameBoot whether the machine ran on since: then what was written is there.
   */
  takeUp(sameBoot: boolean): void {
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

  /** Bytes of an object as they are now; undefined where it is shorter, or gone. */
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

  /** Append a block to the current pack. @returns where; undefined where there is no room. */
  append(block: Uint8Array): { object: number; offset: number } | undefined {
    if (!this.#makeRoom(block.length)) return undefined
    let open = this.#openPack()
    const most = Math.min(MAX_PACK, this.#quota / 16)
    if (open === undefined || (open.size > 0 && open.size + block.length > most)) {
      const pack = this.#create(ObjectKind.PACK)
      if (pack === undefined) return undefined
      this.#pack = pack
      open = this.#open.get(pack)!
    }
    const offset = open.size
    writeFully(open.fd, block, offset)
    this.#grew(this.#pack, open, block.length)
    return { object: this.#pack, offset }
  }

  /** The pack that is being filled: one that was sealed while nothing came is written on. */
  #openPack(): OpenObject | undefined {
    const pack = this.#pack
    if (pack < 0 || this.#index.objects.word(pack, ObjectWord.SUSPECT) !== 0) return undefined
    return this.#open.get(pack) ?? (this.#checkSeal(pack) ? this.#reopen(pack) : undefined)
  }

  /**
   * Whether an object is as it was sealed. One that is not must be checked before it is written
   * on: sealed anew, nobody would see any more that somebody else had written to it.
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

  /** Begin a file that will hold `size` bytes, all of them counted now. */
  createFile(size: number): number | undefined {
    if (size > this.#quota / 2 || !this.#makeRoom(size)) return undefined
    const object = this.#create(ObjectKind.FILE)
    if (object === undefined) return undefined
    const open = this.#open.get(object)!
    ftruncateSync(open.fd, size)
    this.#grew(object, open, size)
    return object
  }

  /**
   * Write into a file that was created, beside everything else.
   * @returns whether the file is still there when that is done.
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
      this.#wrote(open)
      if (open.removed && open.pending === 0) closeSync(open.fd)
    }
    return !open.removed
  }

  #wrote(open: OpenObject): void {
    open.writes++
    open.writtenAt = performance.now()
    this.#sealSoon()
  }

  /** An object that was sealed is written again: nobody may believe its times any more. */
  #reopen(object: number): OpenObject {
    const known = this.#open.get(object)
    if (known !== undefined) return known
    const size = this.#index.objects.float(object, ObjectFloat.SIZE)
    this.#index.objects.setWord(object, ObjectWord.STATE, ObjectState.OPEN)
    const open = opened(openSync(this.#pathOf(object), 'r+'), size)
    this.#open.set(object, open)
    return open
  }

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

  #grew(object: number, open: OpenObject, bytes: number): void {
    open.size += bytes
    this.#used += bytes
    this.#index.objects.setFloat(object, ObjectFloat.SIZE, open.size)
    this.#wrote(open)
  }

  /** Let go of the coldest until there is room. @returns whether there is. */
  #makeRoom(bytes: number): boolean {
    if (bytes > this.#quota) return false
    while (this.#used + bytes > this.#quota) if (!this.removeColdest()) return false
    return true
  }

  /** Let go of what is wanted least. @returns whether there was anything. */
  removeColdest(): boolean {
    const coldest = coldestOf(this.#index.objects, [...this.objects()], this.#quota, (object) => this.#sizeOf(object)) // prettier-ignore
    if (coldest !== undefined) this.remove(coldest)
    return coldest !== undefined
  }

  /** Let go of an object and all that lies in it. */
  remove(object: number): void {
    this.#gone(object)
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
   * Make durable what is written, and put on record what its files look like.
   * @param idleMs leaves alone what was written to since.
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
        // Let go of meanwhile; or what the disk lost once may look written from then on.
        if (this.#open.get(object) === open) this.remove(object)
        console.error('a file of the cache cannot be synced, and is let go of', error)
      }
      if (this.#open.get(object) !== open) continue
      if (open.writes === writes) this.#sealed(object, open)
      else this.#sealSoon()
    }
  }

  #sealed(object: number, open: OpenObject): void {
    const { size, mtimeMs, ctimeMs } = fstatSync(open.fd)
    const index = this.#index
    index.objects.setFloat(object, ObjectFloat.SIZE, size)
    index.objects.setFloat(object, ObjectFloat.MTIME, mtimeMs)
    index.objects.setFloat(object, ObjectFloat.CTIME, ctimeMs)
    index.objects.setWord(object, ObjectWord.STATE, ObjectState.SEALED)
    closeSync(open.fd)
    this.#open.delete(object)
  }

  /** What was found out: its bytes are those that the index speaks of. */
  approve(object: number): void {
    const open = this.#reopen(object)
    this.#index.objects.setWord(object, ObjectWord.SUSPECT, 0)
    this.#wrote(open)
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    // Writes under way end before their descriptors do.
    const late = performance.now() + CLOSING_MS
    while ([...this.#open.values()].some(({ pending }) => pending > 0) && performance.now() < late)
      await delay(5)
    await this.seal()
    for (const { fd } of this.#open.values()) closeSync(fd)
    this.#open.clear()
  }
}
