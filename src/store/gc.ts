/**
 * Garbage collection: removes the blocks that no pin reaches. It marks over one merged index
 * segment (a bit per block), rewrites packs that are a quarter dead, and commits with one manifest, so
 * that a kill at any point leaves either the old or the new store. Where it cannot know what a pin
 * reaches, it keeps everything.
 */
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { EMPTY, toHex } from '../core/bytes.js'
import { Cid, verifyBlock } from '../core/cid.js'
import { KitError, toKitError } from '../core/errors.js'
import { BitSet } from '../core/bit-set.js'
import { fsyncDir } from '../core/fs-durable.js'
import { Turns } from '../core/turns.js'
import { isLeafCodec, LINKING_CODECS, linksToStored } from '../formats/links.js'
import { BlockMover } from './block-mover.js'
import type { BlockStore } from './block-store.js'
import { newId, parseId } from './layout.js'
import { type BlockRecord, type ObjectId } from './ports.js'
import { decodeRecord, encodeRecord, KEY_BYTES, RECORD_BYTES } from './record.js'
import { writeSegment, type Segment, type SegmentWriter } from './segment.js'

/** A block below a pin whose links cannot be known: any stored block may lie below it. */
export interface Doubt {
  readonly cid: string
  /** Why its links cannot be known, and what to do. */
  readonly reason: string
}

export interface GcReport {
  readonly removedBlocks: number
  readonly freedBytes: number
  readonly keptBlocks: number
  /** Of the kept blocks, those that are kept only because of `doubts`. */
  readonly doubtfulBlocks: number
  /** The first few reasons why blocks that no pin is known to reach are kept; empty for none. */
  readonly doubts: readonly Doubt[]
}

/** Share of dead bytes above which a pack is rewritten. */
const REWRITE_SHARE = 0.25
/** Number of doubts that are named. */
const MAX_DOUBTS = 10

/**
 * Collects the garbage of a store.
 * @param store no writer may be at work in it (writers.ts).
 * @param signal aborts the marking; nothing has been removed then.
 */
export const collectGarbage = (store: BlockStore, signal: AbortSignal): Promise<GcReport> =>
  new Collection(store, signal).run()

interface PackUse {
  live: number
  /** Whether its live blocks move to a new pack. */
  rewrite: boolean
}

class Collection {
  readonly #store: BlockStore
  readonly #turns: Turns
  readonly #segment: Segment | undefined
  readonly #live: BitSet
  /**
   * The blocks whose links were or will be followed. One set for each codec: CIDs of different
   * codecs can name the same block, whose links differ by codec.
   */
  readonly #reached: ReadonlyMap<number, BitSet>
  /** Nodes that are yet to be read, each once. */
  readonly #open: Cid[] = []
  readonly #doubts: Doubt[] = []
  /** Whole files whose root is live. */
  readonly #wholes = new Set<ObjectId>()

  constructor(store: BlockStore, signal: AbortSignal) {
    this.#store = store
    this.#turns = new Turns(signal)
    mergeAll(store)
    this.#segment = store.reader.segments[0]
    const count = this.#segment?.count ?? 0
    this.#live = new BitSet(count)
    this.#reached = new Map(LINKING_CODECS.map((codec) => [codec, new BitSet(count)]))
  }

  async run(): Promise<GcReport> {
    const segment = this.#segment
    if (segment === undefined) return report(0, 0, 0, 0, [])
    await this.#mark(segment)
    await this.#turns.take()
    return this.#sweep(segment)
  }

  /** Marks every block that a pin reaches, depth first. */
  async #mark(segment: Segment): Promise<void> {
    for (const pin of this.#store.pins.pins.values()) {
      const root = this.#rootOf(pin.cid)
      if (root === undefined) continue
      if (pin.type === 'direct') this.#markLive(segment, root)
      else if (root.isIdentity) this.#follow(segment, root, root.identityBlock)
      else this.#reach(segment, root)
      await this.#followOpen(segment)
    }
  }

  /** Parses a pin; one that no CID has may stand for anything. */
  #rootOf(pin: string): Cid | undefined {
    try {
      return Cid.parse(pin)
    } catch (error) {
      this.#doubt(pin, `${toKitError(error).message}; remove the pin with \`ipfs-kit pin rm\``)
      return undefined
    }
  }

  async #followOpen(segment: Segment): Promise<void> {
    for (let cid = this.#open.pop(); cid !== undefined; cid = this.#open.pop()) {
      if (this.#turns.isDue) await this.#turns.take()
      const record = decodeRecord(segment.view, segment.offsetOf(segment.indexOf(cid.key)))
      // A framed record is a leaf of a file.
      if (!record.framed) this.#follow(segment, cid, this.#readVerified(cid, record))
    }
  }

  /** Marks what a node links to. */
  #follow(segment: Segment, cid: Cid, block: Uint8Array): void {
    const links = linksToStored(cid, block)
    if (links.answer === 'unknown') this.#doubt(String(cid), links.reason)
    for (const link of links.cids) this.#reach(segment, link)
  }

  /** Marks a block live, and puts it among the open ones unless its links were reached before. */
  #reach(segment: Segment, cid: Cid): void {
    // No block has a CID with a flaw, so that nothing lies below it.
    if (cid.flaw !== undefined) return
    const i = this.#markLive(segment, cid)
    if (isLeafCodec(cid.codec)) return
    if (i < 0) {
      this.#doubt(
        String(cid),
        'it is not here; fetch it with `ipfs-kit pin add`, or unpin its root'
      )
      return
    }
    const reached = this.#reached.get(cid.codec)
    if (reached === undefined) this.#follow(segment, cid, EMPTY)
    else if (reached.set(i)) this.#open.push(cid)
  }

  #doubt(cid: string, reason: string): void {
    if (this.#doubts.length < MAX_DOUBTS) this.#doubts.push({ cid, reason })
  }

  /**
   * Reads and verifies a node. A damaged one ends the collection, because the blocks it linked to
   * are unknown and could be removed wrongly.
   * @throws INTEGRITY.
   */
  #readVerified(cid: Cid, record: BlockRecord): Uint8Array {
    try {
      const block = this.#store.reader.readUnchecked(record)
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

  /** Marks one block live. @returns its position in the segment, −1 if it is not stored. */
  #markLive(segment: Segment, cid: Cid): number {
    const i = cid.isIdentity ? -1 : segment.indexOf(cid.key)
    if (i < 0 || !this.#live.set(i)) return i
    const { whole } = decodeRecord(segment.view, segment.offsetOf(i))
    if (whole !== 0) this.#wholes.add(whole)
    return i
  }

  /**
   * Writes a segment of the live blocks, moving those in rewritten packs and removed files to a
   * new pack, and commits it.
   */
  #sweep(segment: Segment): GcReport {
    const { uses, dead, doomed } = this.#survey(segment)
    if (this.#doubts.length > 0) return report(0, 0, segment.count, dead, this.#doubts)
    if (dead === 0 && doomed.size === 0) return report(0, 0, segment.count, 0, [])
    const before = this.#bytes(uses.keys(), doomed)
    const mover = new BlockMover(this.#store)
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
    this.#switchTo({ id, records: kept }, [...packs, ...mover.packs], doomed)
    const after =
      this.#bytes(
        packs.map((pack) => pack.id),
        new Set()
      ) + mover.bytes
    return report(dead, Math.max(0, before - after), kept, 0, [])
  }

  /** Counts the live bytes of each pack and the dead blocks, and lists the files to remove. */
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

  /**
   * Commits the new segment and packs, then removes the old files. The manifest lists the whole
   * files to remove as doomed until that is done, so that recovery can finish it.
   */
  #switchTo(
    segment: { id: ObjectId; records: number },
    packs: readonly { id: ObjectId; bytes: number }[],
    doomed: ReadonlySet<ObjectId>
  ): void {
    const { layout, reader } = this.#store
    const old = reader.manifest
    fsyncDir(layout.index)
    fsyncDir(layout.packs)
    const written = packs.filter(({ id }) => !old.packs.some((pack) => pack.id === id))
    this.#store.sealNew({ packs: written, files: [], segment })
    this.#store.commit({ ...old, segments: [segment], packs, doomed: [...doomed] })
    const keep = new Set(packs.map(({ id }) => id))
    for (const { id } of old.packs) if (!keep.has(id)) rmSync(layout.pack(id), { force: true })
    for (const { id } of old.segments) rmSync(layout.segment(id), { force: true })
    for (const id of doomed) rmSync(layout.file(id), { force: true })
    removeDeadTables(this.#store)
    this.#store.commit({ ...reader.manifest, doomed: [] })
  }
}

const report = (
  removedBlocks: number,
  freedBytes: number,
  keptBlocks: number,
  doubtfulBlocks: number,
  doubts: readonly Doubt[]
): GcReport => ({ removedBlocks, freedBytes, keptBlocks, doubtfulBlocks, doubts })

/** Merges all segments into one, in which each block has one position. */
function mergeAll(store: BlockStore): void {
  const { manifest, segments } = store.reader
  if (segments.length < 2) return
  const expected = manifest.segments.reduce((sum, { records }) => sum + records, 0)
  store.replaceIndex(store.writeMerged(segments, expected))
}

/** Lists the whole files on disk, including those a failed publish left. */
function storedFiles({ layout }: BlockStore): ObjectId[] {
  return readdirSync(layout.files).flatMap((folder) =>
    readdirSync(join(layout.files, folder)).flatMap((name) => parseId(name) ?? [])
  )
}

/** Removes the tables of HAMT directories that are no longer stored. */
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
