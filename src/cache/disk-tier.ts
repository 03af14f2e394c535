/**
 * The disk tier: objects below a quota, each a file. A pack holds blocks one after another, a file
 * object holds one large file whole. Only the cache's owner uses it.
 */
import { closeSync, openSync, readdirSync, readSync, rmSync, statSync, truncateSync } from 'node:fs' // prettier-ignore
import type { Clock } from '../core/clock.js'
import { ifPresent, makeDir } from '../core/fs-durable.js'
import { READ_FLAGS } from '../core/read-file.js'
import { coldestObject } from './heat.js'
import { Counter, type CacheIndex } from './index-file.js'
import type { CacheLayout } from './layout.js'
import { ObjectFloat, ObjectKind, ObjectState, ObjectWord } from './object-table.js'
import { OpenObjects, type ObjectMark } from './open-objects.js'

const MAX_PACK = 16 << 20

export interface DiskTierOptions {
  readonly layout: CacheLayout
  readonly index: CacheIndex
  /** Bytes of all objects. */
  readonly quota: number
  readonly clock: Clock
  /** Is called with each object before its file is removed. */
  readonly onRemove: (object: number) => void
  /** Is told that an object could not be synced, and was removed for that. Never throws. */
  readonly onFailure: (error: unknown) => void
}

/** The writer of the objects. */
export class DiskTier {
  readonly #layout: CacheLayout
  readonly #index: CacheIndex
  readonly #quota: number
  readonly #clock: Clock
  readonly #onRemove: (object: number) => void
  readonly #open: OpenObjects
  #free: number[] = []
  #used = 0
  #pack = -1

  constructor({ layout, index, quota, clock, onRemove, onFailure }: DiskTierOptions) {
    this.#layout = layout
    this.#index = index
    this.#quota = quota
    this.#clock = clock
    this.#onRemove = onRemove
    this.#open = new OpenObjects({
      index,
      clock,
      pathOf: (object) => this.#pathOf(object),
      onLost: (object) => this.remove(object),
      onFailure
    })
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
      else this.#open.checkSeal(object)
      this.#used += this.#sizeOf(object)
    }
    for (const name of readdirSync(this.#layout.objects))
      if (!known.has(name))
        rmSync(`${this.#layout.objects}/${name}`, { recursive: true, force: true })
  }

  #nameOf(object: number): string {
    return `${object}-${this.#index.objects.word(object, ObjectWord.GENERATION)}`
  }

  #pathOf(object: number): string {
    return this.#layout.object(object, this.#index.objects.word(object, ObjectWord.GENERATION))
  }

  #sizeOf(object: number): number {
    return this.#open.sizeOf(object) ?? this.#index.objects.float(object, ObjectFloat.SIZE)
  }

  #release(object: number): void {
    this.#index.objects.setWord(object, ObjectWord.STATE, ObjectState.FREE)
    this.#index.objects.setWord(object, ObjectWord.COMPLETE, 0)
    this.#free.push(object)
  }

  /** Reads bytes of an object, unverified; undefined if it is shorter or missing. */
  read(object: number, offset: number, length: number): Uint8Array | undefined {
    const fd = ifPresent(() => openSync(this.#pathOf(object), READ_FLAGS))
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
    const object = this.#packFor(block.length)
    if (object === undefined) return undefined
    const offset = this.#open.append(object, block)
    this.#used += block.length
    return { object, offset }
  }

  /** Returns the pack being filled, or a new one where that is full or suspect. */
  #packFor(bytes: number): number | undefined {
    // A pack is evicted as one, so a small quota needs small packs.
    const maxSize = Math.min(MAX_PACK, this.#quota / 16)
    const size = this.#pack < 0 ? 0 : this.#sizeOf(this.#pack)
    if (this.#isFillable(this.#pack) && (size === 0 || size + bytes <= maxSize)) return this.#pack
    const pack = this.#create(ObjectKind.PACK)
    if (pack !== undefined) this.#pack = pack
    return pack
  }

  /** Whether a pack is as we left it, so that writing to it hides no foreign write. */
  #isFillable(pack: number): boolean {
    if (pack < 0 || this.#index.objects.word(pack, ObjectWord.SUSPECT) !== 0) return false
    return this.#open.sizeOf(pack) !== undefined || this.#open.checkSeal(pack)
  }

  /** Creates a file object of `size` bytes, which all count against the quota at once. */
  createFile(size: number): number | undefined {
    if (size > this.#quota / 2 || !this.#makeRoom(size)) return undefined
    const object = this.#create(ObjectKind.FILE)
    if (object === undefined) return undefined
    this.#open.extend(object, size)
    this.#used += size
    return object
  }

  /** As of the open objects: writes without blocking the thread. */
  writeAt(object: number, offset: number, bytes: Uint8Array): Promise<boolean> {
    return this.#open.writeAt(object, offset, bytes)
  }

  /** Creates an object in a free slot, evicting one if all slots are in use. */
  #create(kind: number): number | undefined {
    while (this.#free.length === 0) if (!this.removeColdest()) return undefined
    const object = this.#free.at(-1)!
    const index = this.#index
    const now = this.#clock.now() / 1000
    index.objects.addWord(object, ObjectWord.GENERATION, 1)
    this.#open.create(object)
    this.#free.pop()
    index.objects.setWord(object, ObjectWord.KIND, kind)
    index.objects.setWord(object, ObjectWord.SUSPECT, 0)
    index.objects.setWord(object, ObjectWord.COMPLETE, 0)
    index.objects.setWord(object, ObjectWord.TOUCHES, 0)
    index.objects.setWord(object, ObjectWord.TOUCHED, Math.floor(now))
    index.objects.setFloat(object, ObjectFloat.CREATED, now)
    index.objects.setFloat(object, ObjectFloat.SIZE, 0)
    index.objects.setWord(object, ObjectWord.STATE, ObjectState.OPEN)
    return object
  }

  /** Evicts the coldest objects until `bytes` fit. @returns whether they do. */
  #makeRoom(bytes: number): boolean {
    if (bytes > this.#quota) return false
    while (this.#used + bytes > this.#quota) if (!this.removeColdest()) return false
    return true
  }

  /** Evicts the coldest object. @returns whether there was one. */
  removeColdest(): boolean {
    const coldest = coldestObject(this.#index.objects, [...this.objects()], this.#quota, this.#clock.now() / 1000, (object) => this.#sizeOf(object)) // prettier-ignore
    if (coldest !== undefined) this.remove(coldest)
    return coldest !== undefined
  }

  /** Removes an object with all its blocks. */
  remove(object: number): void {
    this.#onRemove(object)
    this.#used -= this.#sizeOf(object)
    this.#open.drop(object)
    if (object === this.#pack) this.#pack = -1
    const isPack = this.#index.objects.word(object, ObjectWord.KIND) === ObjectKind.PACK
    const path = this.#pathOf(object)
    this.#release(object)
    // Idle readers keep descriptors, and with them the room. Only a file may be open in the kernel.
    if (isPack) ifPresent(() => truncateSync(path))
    rmSync(path, { recursive: true, force: true })
    this.#index.count(Counter.REMOVALS, 1)
  }

  /** Syncs and seals all objects. */
  async seal(): Promise<void> {
    await this.#open.seal()
  }

  /** As of the open objects. */
  markOf(object: number): ObjectMark | undefined {
    return this.#open.markOf(object)
  }

  /** As of the open objects. */
  clearSuspicion(object: number, mark: ObjectMark | undefined): void {
    this.#open.clearSuspicion(object, mark)
  }

  async close(): Promise<void> {
    await this.#open.close()
  }
}
