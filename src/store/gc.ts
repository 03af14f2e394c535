/**
 * Garbage collection: what no pin reaches goes. Marks over one merged index segment (a bit a
 * block), rewrites packs that are mostly dead, and switches over with one manifest. Killed at
 * any point, the store is the old one or the new one.
 */
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { toHex } from '../core/bytes.js'
import { Cid, DAG_CBOR, DAG_JSON, DAG_PB, verifyBlock } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { fsyncDir } from '../core/fs-durable.js'
import type { BlockStore } from './block-store.js'
import { newId, parseId } from './layout.js'
import type { PackEntry } from './manifest.js'
import { PackWriter } from './pack.js'
import { type BlockRecord, type ObjectId } from './ports.js'
import { Kind } from '../formats/block-kind.js'
import { decodeRecord, encodeRecord, KEY_BYTES, RECORD_BYTES, recordCid } from './record.js'
import { writeSegment, type Segment, type SegmentWriter } from './segment.js'

/** The links of a block by the codec it is read by; a damaged node has none. */
export type LinksOf = (cid: Cid, block: Uint8Array) => readonly Cid[]

export interface GcReport {
  readonly removedBlocks: number
  readonly freedBytes: number
  readonly keptBlocks: number
}

/** A pack whose dead part is larger than this is rewritten. */
const REWRITE_SHARE = 0.25
const TURN_EVERY = 2000
/** Codecs whose blocks can link to others. */
const LINKING = [DAG_PB, DAG_CBOR, DAG_JSON]

/**
 * @param store no writer must be at work in it (writers.ts).
 * @param signal ends it while it marks; then nothing was changed.
 */
export const collectGarbage = (
  store: BlockStore,
  linksOf: LinksOf,
  signal: AbortSignal
): Promise<GcReport> => new Collection(store, linksOf, signal).run()

class Bits {
  readonly #words: Uint32Array
  constructor(count: number) {
    this.#words = new Uint32Array((count >>> 5) + 1)
  }
  has(i: number): boolean {
    return ((this.#words[i >>> 5]! >>> (i & 31)) & 1) !== 0
  }
  /** @returns whether it was clear before. */
  set(i: number): boolean {
    if (this.has(i)) return false
    this.#words[i >>> 5]! |= 1 << (i & 31)
    return true
  }
}

interface PackUse {
  live: number
  /** Whether its live blocks move to a new pack. */
  rewrite: boolean
}

class Collection {
  readonly #store: BlockStore
  readonly #linksOf: LinksOf
  readonly #signal: AbortSignal
  readonly #segment: Segment | undefined
  readonly #live: Bits
  /** Whole files whose root is live. */
  readonly #wholes = new Set<ObjectId>()

  constructor(store: BlockStore, linksOf: LinksOf, signal: AbortSignal) {
    this.#store = store
    this.#signal = signal
    this.#linksOf = linksOf
    mergeAll(store)
    this.#segment = store.reader.segments[0]
    this.#live = new Bits(this.#segment?.count ?? 0)
  }

  async run(): Promise<GcReport> {
    const segment = this.#segment
    if (segment === undefined) return { removedBlocks: 0, freedBytes: 0, keptBlocks: 0 }
    await this.#mark(segment)
    await this.#letOthersRun()
    return this.#sweep(segment)
  }

  async #mark(segment: Segment): Promise<void> {
    // One set for each codec that can link: a block may be reached by more than one.
    const walked = new Map(LINKING.map((codec) => [codec, new Bits(segment.count)]))
    const open: Cid[] = []
    for (const pin of this.#store.pins.pins.values()) {
      const root = Cid.parse(pin.cid)
      if (pin.type === 'recursive') open.push(root)
      else this.#touch(segment, root)
    }
    let untilTurn = TURN_EVERY
    for (let cid = open.pop(); cid !== undefined; cid = open.pop()) {
      const i = this.#touch(segment, cid)
      const seen = walked.get(cid.codec)
      if (i < 0 || seen === undefined || !seen.set(i)) continue
      const record = decodeRecord(segment.view, segment.offsetOf(i))
      if (record.framed) continue
      for (const link of this.#linksOf(cid, this.#sound(cid, record))) open.push(link)
      if (--untilTurn > 0) continue
      untilTurn = TURN_EVERY
      await this.#letOthersRun()
    }
  }

  /** Signals are heard between turns only. */
  async #letOthersRun(): Promise<void> {
    await turn()
    if (this.#signal.aborted) throw this.#signal.reason
  }

  /** A node's bytes. What a rotten one linked to is unknown, so nothing may be taken away. */
  #sound(cid: Cid, record: BlockRecord): Uint8Array {
    const block = this.#store.reader.readBlock(record)
    try {
      verifyBlock(cid, block)
      return block
    } catch (error) {
      throw new KitError(
        'INTEGRITY',
        `the stored node ${cid} is damaged, so what it leads to is unknown and nothing was collected; run \`ipfs-kit fsck --read-data --repair\` and add it again`,
        { cause: error }
      )
    }
  }

  /** Mark one block live. @returns its position, −1 when it is not stored. */
  #touch(segment: Segment, cid: Cid): number {
    const i = cid.isIdentity ? -1 : segment.indexOf(cid.key)
    if (i < 0 || !this.#live.set(i)) return i
    const { whole } = decodeRecord(segment.view, segment.offsetOf(i))
    if (whole !== 0) this.#wholes.add(whole)
    return i
  }

  #sweep(segment: Segment): GcReport {
    const { uses, dead, doomed } = this.#survey(segment)
    if (dead === 0 && doomed.size === 0)
      return { removedBlocks: 0, freedBytes: 0, keptBlocks: segment.count }
    const before = this.#bytes(uses.keys(), doomed)
    const mover = new Mover(this.#store)
    const id = newId()
    const scratch = new Uint8Array(RECORD_BYTES)
    const view = new DataView(scratch.buffer)
    const fill = (writer: SegmentWriter): void => {
      for (let i = 0; i < segment.count; i++) {
        if (!this.#live.has(i)) continue
        const at = segment.offsetOf(i)
        const record = decodeRecord(segment.view, at)
        const moves = record.inFile ? doomed.has(record.source) : uses.get(record.source)?.rewrite
        if (moves !== true) {
          writer.push(segment.bytes, at)
          continue
        }
        const key = segment.bytes.subarray(at, at + KEY_BYTES)
        encodeRecord(scratch, view, 0, key, mover.move(key, record))
        writer.push(scratch, 0)
      }
      mover.finish()
    }
    let kept: number
    try {
      kept = writeSegment(this.#store.layout.segment(id), segment.count - dead, fill)
    } catch (error) {
      mover.discard()
      throw error
    }
    const packs = this.#store.reader.manifest.packs.filter(
      (pack) => uses.get(pack.id)?.rewrite === false
    )
    this.#switch({ id, records: kept }, [...packs, ...mover.packs], doomed)
    const after =
      this.#bytes(
        packs.map((pack) => pack.id),
        new Set()
      ) + mover.bytes
    return { removedBlocks: dead, freedBytes: Math.max(0, before - after), keptBlocks: kept }
  }

  /** What each pack still holds, how many blocks are dead, which whole files go. */
  #survey(segment: Segment): { uses: Map<ObjectId, PackUse>; dead: number; doomed: Set<ObjectId> } {
    const { manifest } = this.#store.reader
    const uses = new Map<ObjectId, PackUse>()
    for (const { id } of manifest.packs) uses.set(id, { live: 0, rewrite: false })
    const doomed = new Set<ObjectId>()
    let dead = 0
    for (const file of storedFiles(this.#store)) if (!this.#wholes.has(file)) doomed.add(file)
    for (let i = 0; i < segment.count; i++) {
      const record = decodeRecord(segment.view, segment.offsetOf(i))
      for (const file of [record.whole, record.inFile ? record.source : 0])
        if (file !== 0 && !this.#wholes.has(file)) doomed.add(file)
      if (!this.#live.has(i)) dead++
      else if (!record.inFile) {
        const use = uses.get(record.source)
        if (use !== undefined) use.live += record.length + KEY_BYTES
      }
    }
    for (const { id, bytes } of manifest.packs) {
      const use = uses.get(id)!
      use.rewrite = use.live < bytes * (1 - REWRITE_SHARE)
    }
    return { uses, dead, doomed }
  }

  #bytes(packs: Iterable<ObjectId>, files: ReadonlySet<ObjectId>): number {
    const { layout } = this.#store
    let sum = 0
    for (const id of packs) if (existsSync(layout.pack(id))) sum += statSync(layout.pack(id)).size
    for (const id of files) if (existsSync(layout.file(id))) sum += statSync(layout.file(id)).size
    return sum
  }

  #switch(
    segment: { id: ObjectId; records: number },
    packs: readonly { id: ObjectId; bytes: number }[],
    doomed: ReadonlySet<ObjectId>
  ): void {
    const { layout, reader } = this.#store
    const old = reader.manifest
    fsyncDir(layout.index)
    fsyncDir(layout.packs)
    this.#store.commit({ ...old, segments: [segment], packs, doomed: [...doomed] })
    const keep = new Set(packs.map(({ id }) => id))
    for (const { id } of old.packs) if (!keep.has(id)) rmSync(layout.pack(id), { force: true })
    for (const { id } of old.segments) rmSync(layout.segment(id), { force: true })
    for (const id of doomed) rmSync(layout.file(id), { force: true })
    removeDeadTables(this.#store)
    this.#store.commit({ ...reader.manifest, doomed: [] })
  }
}

/** Copies live blocks out of packs and files that go. */
class Mover {
  readonly #store: BlockStore
  #writer: PackWriter | undefined
  readonly #id = newId()
  bytes = 0

  constructor(store: BlockStore) {
    this.#store = store
  }

  /** @returns the record of the block in its new place. */
  move(key: Uint8Array, record: BlockRecord): BlockRecord {
    this.#writer ??= new PackWriter(this.#store.layout.pack(this.#id))
    const block = this.#store.reader.readBlock(record)
    const cid = recordCid(key, record, block)
    verifyBlock(cid, block)
    const offset = this.#writer.append(cid.bytes, block)
    return {
      ...record,
      source: this.#id,
      inFile: false,
      framed: false,
      offset,
      length: block.length,
      size: record.kind === Kind.RAW ? block.length : record.size
    }
  }

  finish(): void {
    this.bytes = this.#writer?.finish() ?? 0
  }

  /** The new pack, if there is one. */
  get packs(): readonly PackEntry[] {
    return this.#writer === undefined ? [] : [{ id: this.#id, bytes: this.bytes }]
  }

  discard(): void {
    if (this.#writer === undefined) return
    this.#writer.close()
    rmSync(this.#store.layout.pack(this.#id), { force: true })
  }
}

/** One segment over everything, so that a block has one position. */
function mergeAll(store: BlockStore): void {
  const { manifest, segments } = store.reader
  if (segments.length < 2) return
  const expected = manifest.segments.reduce((sum, { records }) => sum + records, 0)
  store.replaceIndex(store.writeMerged(segments, expected))
}

/** Every whole file there is, also what a publish that failed has left. */
function storedFiles({ layout }: BlockStore): ObjectId[] {
  return readdirSync(layout.files).flatMap((folder) =>
    readdirSync(join(layout.files, folder)).flatMap((name) => parseId(name) ?? [])
  )
}

function removeDeadTables(store: BlockStore): void {
  const { layout, reader } = store
  for (const folder of readdirSync(layout.tables)) {
    for (const name of readdirSync(join(layout.tables, folder))) {
      const key = Buffer.from(name.slice(0, 64), 'hex')
      if (key.length !== KEY_BYTES || !reader.has(key) || toHex(key) !== name.slice(0, 64))
        rmSync(join(layout.tables, folder, name), { force: true })
    }
  }
}
