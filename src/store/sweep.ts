/**
 * The sweep of garbage collection. What holds nothing but garbage is removed first, which takes no
 * room but for a manifest; packs that are a quarter dead are rewritten after that, the smallest
 * first, and the index last. A full disk stops it between two of these steps, and a kill anywhere:
 * the store is whole each time, and the next collection goes on.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { toHex } from '../core/bytes.js'
import type { BitSet } from '../core/bit-set.js'
import { isDiskFull } from '../core/errors.js'
import { fsyncDir } from '../core/fs-durable.js'
import { nextTurn } from '../core/turns.js'
import { BlockMover } from './block-mover.js'
import type { BlockStore } from './block-store.js'
import { NOTHING, type Doubt, type GcReport } from './gc-report.js'
import { newId } from './layout.js'
import type { PackEntry, SegmentEntry } from './manifest.js'
import { namesIn } from './names-in.js'
import type { BlockRecord, ObjectId } from './ports.js'
import { decodeRecord, encodeRecord, KEY_BYTES, RECORD_BYTES } from './record.js'
import { keepReserve, usingReserve } from './reserve.js'
import type { SegmentSet } from './segment-set.js'
import { storedObjects, type StoredObject } from './stored-objects.js'
import { writeSegment } from './segment.js'

/** What the marking found. */
export interface Marked {
  readonly index: SegmentSet
  /** Positions of the records that pins reach. */
  readonly live: BitSet
  /** Whole files whose root is live. */
  readonly wholes: ReadonlySet<ObjectId>
  /** Why anything else may be reached, too; then nothing is removed. */
  readonly doubts: readonly Doubt[]
}

/** Share of dead bytes above which a pack is rewritten. */
const REWRITE_SHARE = 0.25
/** Objects removed with one manifest, which must fit into the reserve. */
const REMOVED_AT_ONCE = 10_000
/** Live bytes that are moved into one new pack. */
const MOVED_AT_ONCE = 256 << 20

export async function sweep(store: BlockStore, marked: Marked): Promise<GcReport> {
  try {
    return await new Sweep(store, marked).run()
  } finally {
    keepReserve(store.layout)
  }
}

/** Tells what a sweep would do. */
export const surveySweep = (store: BlockStore, marked: Marked): GcReport =>
  new Sweep(store, marked).survey()

class Sweep {
  readonly #store: BlockStore
  readonly #marked: Marked
  readonly #objects: ReadonlyMap<ObjectId, StoredObject>
  #dead = 0
  #deadRemoved = 0
  #kept = 0
  #freed = 0

  constructor(store: BlockStore, marked: Marked) {
    this.#store = store
    this.#marked = marked
    this.#objects = storedObjects(store)
    this.#count()
  }

  /** Returns the report of a sweep that must keep everything; undefined where it need not. */
  #inDoubt(): GcReport | undefined {
    const { doubts } = this.#marked
    if (doubts.length === 0) return undefined
    const keptBlocks = this.#kept + this.#dead
    return { ...NOTHING, keptBlocks, doubtfulBlocks: this.#dead, doubts }
  }

  #unneeded(): StoredObject[] {
    return [...this.#objects.values()].filter((object) => this.#isUnneeded(object))
  }

  survey(): GcReport {
    const freedBytes = this.#unneeded().reduce((sum, { bytes, liveBytes }) => sum + Math.max(0, bytes - liveBytes), 0) // prettier-ignore
    const report = { ...NOTHING, removedBlocks: this.#dead, freedBytes, keptBlocks: this.#kept }
    return this.#inDoubt() ?? report
  }

  /** Others get a turn between two steps, as the store is whole then. It is not interrupted. */
  async run(): Promise<GcReport> {
    const doubtful = this.#inDoubt()
    if (doubtful !== undefined) return doubtful
    const unneeded = this.#unneeded()
    await this.#removeAll(unneeded.filter(({ liveBytes }) => liveBytes === 0))
    const postponed = await this.#moveAll(unneeded.filter(({ liveBytes }) => liveBytes > 0))
    const isRewritten = this.#rewriteIndex()
    await nextTurn()
    removeDeadTables(this.#store)
    return {
      ...NOTHING,
      removedBlocks: isRewritten ? this.#dead : this.#deadRemoved,
      freedBytes: Math.max(0, this.#freed),
      keptBlocks: this.#kept,
      postponedBytes: postponed.reduce((sum, { bytes, liveBytes }) => sum + bytes - liveBytes, 0)
    }
  }

  /** Counts what is live and what is dead in each object. */
  #count(): void {
    const { index, live } = this.#marked
    index.forEach((_bytes, at, segment, i) => {
      const { source, length } = decodeRecord(segment.view, at)
      const isLive = live.has(index.position(segment, i)!)
      if (isLive) this.#kept++
      else this.#dead++
      const object = this.#objects.get(source)
      if (object === undefined) return
      if (isLive) object.liveBytes += length + KEY_BYTES
      else object.dead++
    })
  }

  #isUnneeded({ id, isPack, bytes, liveBytes }: StoredObject): boolean {
    if (isPack) return liveBytes < bytes * (1 - REWRITE_SHARE)
    return !this.#marked.wholes.has(id)
  }

  async #removeAll(objects: readonly StoredObject[]): Promise<void> {
    for (let at = 0; at < objects.length; at += REMOVED_AT_ONCE) {
      this.#remove(objects.slice(at, at + REMOVED_AT_ONCE), [], [])
      await nextTurn()
    }
  }

  /**
   * Removes objects. The manifest says so first: from then on records in them do not count, and
   * recovery finishes what a kill interrupts.
   */
  #remove(
    objects: readonly StoredObject[],
    segments: readonly SegmentEntry[],
    packs: readonly PackEntry[]
  ): void {
    const { layout, reader } = this.#store
    const old = reader.manifest
    const ids = new Set(objects.map(({ id }) => id))
    const next = {
      ...old,
      segments: [...segments, ...old.segments],
      packs: [...old.packs.filter(({ id }) => !ids.has(id)), ...packs],
      doomed: [...old.doomed, ...ids]
    }
    usingReserve(layout, () => this.#store.commit(next))
    for (const { id, isPack, bytes, dead } of objects) {
      rmSync(isPack ? layout.pack(id) : layout.file(id), { recursive: true, force: true })
      this.#freed += bytes
      this.#deadRemoved += dead
    }
  }

  /** Moves the live blocks out of objects and removes these. @returns those with no room to move to. */
  async #moveAll(objects: readonly StoredObject[]): Promise<readonly StoredObject[]> {
    this.#findMoving(objects)
    const left = [...objects].sort((a, b) => a.liveBytes - b.liveBytes)
    while (left.length > 0) {
      let bytes = left[0]!.liveBytes
      let count = 1
      while (count < left.length && bytes + left[count]!.liveBytes <= MOVED_AT_ONCE)
        bytes += left[count++]!.liveBytes
      const moved = this.#moveWhatFits(left.slice(0, count))
      await nextTurn()
      left.splice(0, moved)
      if (moved < count) break
    }
    return left
  }

  #findMoving(objects: readonly StoredObject[]): void {
    if (objects.length === 0) return
    const from = new Map(objects.map((object) => [object.id, object]))
    const { index, live } = this.#marked
    index.forEach((_bytes, at, segment, i) => {
      const position = index.position(segment, i)!
      if (live.has(position)) from.get(decodeRecord(segment.view, at).source)?.moving.push(position)
    })
  }

  /** Moves the first objects of a list, as many as there is room for. @returns their number. */
  #moveWhatFits(objects: readonly StoredObject[]): number {
    try {
      this.#move(objects)
      return objects.length
    } catch (error) {
      if (!isDiskFull(error)) throw error
    }
    if (objects.length === 1) return 0
    // What the first half gives back may be room enough for the second.
    const half = objects.length >> 1
    const moved = this.#moveWhatFits(objects.slice(0, half))
    return moved < half ? moved : half + this.#moveWhatFits(objects.slice(half))
  }

  /** Moves all live blocks of objects to one new pack, with a segment of their records. */
  #move(objects: readonly StoredObject[]): void {
    const { layout, reader } = this.#store
    const mover = new BlockMover(this.#store)
    const id = newId()
    try {
      const positions = objects.flatMap(({ moving }) => moving)
      const records = this.#writeMoved(id, positions, mover)
      fsyncDir(layout.index)
      fsyncDir(layout.packs)
      this.#store.sealNew({ packs: mover.packs, files: [], segment: { id, records } })
      this.#remove(objects, [{ id, records }], mover.packs)
      this.#freed -= mover.bytes
    } catch (error) {
      reader.refresh()
      if (!isNamed(this.#store, id)) {
        mover.discard()
        rmSync(layout.segment(id), { recursive: true, force: true })
      }
      throw error
    }
  }

  #writeMoved(id: ObjectId, positions: number[], mover: BlockMover): number {
    const { index } = this.#marked
    const scratch = new Uint8Array(RECORD_BYTES)
    const view = new DataView(scratch.buffer)
    positions.sort((a, b) => index.compare(a, b))
    return writeSegment(this.#store.layout.segment(id), positions.length, (writer) => {
      for (const position of positions) {
        const key = index.keyOf(position)
        encodeRecord(scratch, view, 0, key, mover.move(key, index.read(position)))
        writer.push(scratch, 0)
      }
      mover.finish()
    })
  }

  /**
   * Writes the index without the dead records. Without room for it they stay, and do not count.
   * @returns whether there was room.
   */
  #rewriteIndex(): boolean {
    const { layout, reader } = this.#store
    const { segments, doomed } = reader.manifest
    if (this.#dead === 0 && doomed.length === 0 && segments.length < 2) return true
    const { index, live } = this.#marked
    const id = newId()
    try {
      const records = writeSegment(layout.segment(id), this.#kept, (writer) =>
        reader.index.forEach((bytes, at, segment, i) => {
          const position = index.position(segment, i)
          // A segment that the marking did not see is of moved blocks, which are live.
          if (position !== undefined && !live.has(position)) return
          const record = reader.index.recordOf(segment, at)
          if (record !== undefined && record.whole === 0 && doomed.length > 0)
            writer.push(withoutWhole(bytes, at, record), 0)
          else writer.push(bytes, at)
        })
      )
      usingReserve(layout, () => this.#store.replaceIndex({ id, records }))
      return true
    } catch (error) {
      reader.refresh()
      if (!isNamed(this.#store, id)) rmSync(layout.segment(id), { recursive: true, force: true })
      if (!isDiskFull(error)) throw error
      return false
    }
  }
}

/** Returns a record as it is when the contiguous copy of its file was removed. */
function withoutWhole(bytes: Uint8Array, at: number, record: BlockRecord): Uint8Array {
  const scratch = new Uint8Array(RECORD_BYTES)
  const key = bytes.subarray(at, at + KEY_BYTES)
  encodeRecord(scratch, new DataView(scratch.buffer), 0, key, record)
  return scratch
}

const isNamed = ({ reader }: BlockStore, segment: ObjectId): boolean =>
  reader.manifest.segments.some(({ id }) => id === segment)

/** Removes the tables of HAMT directories that are no longer stored. */
function removeDeadTables(store: BlockStore): void {
  const { layout, reader } = store
  for (const folder of namesIn(layout.tables)) {
    for (const name of namesIn(join(layout.tables, folder))) {
      const key = Buffer.from(name.slice(0, 64), 'hex')
      if (key.length !== KEY_BYTES || !reader.has(key) || toHex(key) !== name.slice(0, 64))
        rmSync(join(layout.tables, folder, name), { recursive: true, force: true })
    }
  }
}
