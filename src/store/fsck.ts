/**
 * The check of the store: every block lies where the index says, pins are complete, and with
 * `readData` every byte hashes to its CID. Repair drops damaged blocks from the index, so that
 * they count as missing and can be added again.
 */
import { Cid } from '../core/cid.js'
import { isKitError } from '../core/errors.js'
import { KeySet } from '../core/key-set.js'
import { inTurns, Turns } from '../core/turns.js'
import type { BlockStore } from './block-store.js'
import { newId } from './layout.js'
import { ObjectCheck, type LeavesOf } from './object-check.js'
import { inPlaceOrder } from './place-order.js'
import type { Pin } from './pins.js'
import type { BlockRecord, ObjectId } from './ports.js'
import type { StoreReader } from './reader.js'
import { decodeRecord, encodeRecord, KEY_BYTES, RECORD_BYTES, recordName } from './record.js'
import { writeSegment } from './segment.js'

export interface BadBlock {
  readonly cid: string
  readonly where: string
  readonly reason: string
}

/** A pin that is no CID, so that nobody can know what it keeps. */
export interface BadPin {
  readonly pin: string
  readonly reason: string
}

export interface FsckReport {
  readonly blocks: number
  /** Whole files kept contiguously. */
  readonly files: number
  readonly bytes: number
  readonly bad: readonly BadBlock[]
  /** Blocks that pinned DAGs link to and the store lacks; they are not counted as damage. */
  readonly missing: readonly string[]
  readonly badPins: readonly BadPin[]
  /** Number of damaged entries removed from the index. */
  readonly repaired: number
}

export interface FsckOptions {
  /** What is checked; the reader of the store unless given. A repair needs that one. */
  readonly reader?: StoreReader
  /** Whether all bytes are hashed. Files that are sound are then sealed, others marked damaged. */
  readonly readData: boolean
  readonly repair: boolean
  /** Yields every CID below some roots once, and whether its block cannot be read. */
  readonly below: (
    roots: readonly Cid[]
  ) => Iterable<{ readonly cid: Cid; readonly isMissing: boolean }>
  readonly leavesOf: LeavesOf
  /** Receives the bytes looked at since the last call, many times a second. */
  readonly onBytes: (count: number) => void
  /** Aborts the check, which then has changed nothing. */
  readonly signal: AbortSignal
}

/** Checks a store. @param store a repair requires that no writer is at work (writers.ts). */
export const fsck = (store: BlockStore, options: FsckOptions): Promise<FsckReport> =>
  new Check(store, options).run()

class Check {
  readonly #store: BlockStore
  readonly #reader: StoreReader
  readonly #options: FsckOptions
  readonly #turns: Turns
  readonly #objects: ObjectCheck
  /** As they were at the start: what is pinned later lies beyond this reader. */
  readonly #pins: readonly Pin[]
  readonly #startedAt = Date.now()
  readonly #bad: BadBlock[] = []
  readonly #badPins: BadPin[] = []
  readonly #badKeys = new KeySet()
  readonly #badWholes = new Set<ObjectId>()
  #blocks = 0
  #bytes = 0
  #files = 0
  /** Bytes that were looked at and not told yet. */
  #untold = 0

  constructor(store: BlockStore, options: FsckOptions) {
    this.#store = store
    this.#reader = options.reader ?? store.reader
    this.#options = options
    this.#pins = [...store.pins.pins.values()]
    this.#turns = new Turns(options.signal)
    const { readData, leavesOf } = options
    const onBytes = (count: number): void => void (this.#untold += count)
    this.#objects = new ObjectCheck(this.#reader, {
      readData,
      leavesOf,
      onBytes,
      pause: async () => {
        if (this.#turns.isDue) await this.#turns.take()
      }
    })
  }

  async run(): Promise<FsckReport> {
    for (const { key, record } of inPlaceOrder(this.#reader.index)) {
      this.#blocks++
      this.#bytes += record.length
      const fault = this.#objects.blockFault(key, record)
      if (fault !== undefined) this.#report(key, record, fault)
      if (record.whole !== 0) await this.#whole(key, record)
      if (this.#turns.isDue) await this.#letOthersRun()
    }
    await this.#letOthersRun()
    const repaired = this.#options.repair && this.#bad.length > 0 ? this.#repair() : 0
    if (this.#options.readData) this.#seal()
    const missing = await this.#missing()
    return {
      blocks: this.#blocks,
      files: this.#files,
      bytes: this.#bytes,
      bad: this.#bad,
      missing,
      badPins: this.#badPins,
      repaired
    }
  }

  async #letOthersRun(): Promise<void> {
    this.#options.onBytes(this.#untold)
    this.#untold = 0
    await this.#turns.take()
  }

  async #whole(key: Uint8Array, record: BlockRecord): Promise<void> {
    this.#files++
    const fault = await this.#objects.wholeFault(key, record)
    if (fault === undefined) return
    // Only the copy is dropped: the node is sound, and the file can be read by its leaves.
    this.#badWholes.add(record.whole)
    this.#note(key, record, this.#store.layout.file(record.whole), fault)
  }

  /**
   * Puts on record which files are sound. After a repair all are: what was damaged in them is out of
   * the index.
   */
  #seal(): void {
    const { seals } = this.#store
    const isRepaired = this.#options.repair
    for (const { id, path, state, isSound } of this.#objects.objects.values()) {
      if (state === undefined) continue
      if (isSound || isRepaired) seals.seal([{ id, path, state }], this.#startedAt)
      else seals.markDamaged({ id, path, state }, this.#startedAt)
    }
  }

  /** Reports a damaged block and remembers it for the repair. */
  #report(key: Uint8Array, record: BlockRecord, reason: string): void {
    const { layout } = this.#store
    const where = record.inFile ? layout.file(record.source) : layout.pack(record.source)
    this.#note(key, record, `${where} at ${record.offset}`, reason)
    this.#badKeys.add(key)
    if (record.inFile) this.#badWholes.add(record.source)
  }

  #note(key: Uint8Array, record: BlockRecord, where: string, reason: string): void {
    this.#bad.push({ cid: recordName(key, record), where, reason })
  }

  /** Returns the CIDs that pins need and the store lacks. */
  async #missing(): Promise<string[]> {
    const missing = new Set<string>()
    const roots: Cid[] = []
    for (const pin of this.#pins) {
      const root = this.#rootOf(pin.cid)
      if (root === undefined) continue
      if (pin.type === 'recursive') roots.push(root)
      else if (!root.isIdentity && !this.#reader.has(root.key)) missing.add(pin.cid)
    }
    for await (const { cid, isMissing } of inTurns(
      this.#options.below(roots),
      this.#options.signal
    ))
      if (isMissing) missing.add(String(cid))
    return [...missing]
  }

  #rootOf(pin: string): Cid | undefined {
    try {
      return Cid.parse(pin)
    } catch (error) {
      if (!isKitError(error)) throw error
      this.#badPins.push({ pin, reason: error.message })
      return undefined
    }
  }

  /** Writes the index without the damaged entries. @returns how many there were. */
  #repair(): number {
    const { reader, layout } = this.#store
    const id = newId()
    const scratch = new Uint8Array(RECORD_BYTES)
    const view = new DataView(scratch.buffer)
    const records = writeSegment(layout.segment(id), this.#blocks, (writer) =>
      reader.index.forEach((bytes, at, segment) => {
        const key = bytes.subarray(at, at + KEY_BYTES)
        if (this.#badKeys.has(key)) return
        const record = decodeRecord(segment.view, at)
        if (this.#badWholes.has(record.whole)) {
          encodeRecord(scratch, view, 0, key, { ...record, whole: 0 })
          writer.push(scratch, 0)
        } else writer.push(bytes, at)
      })
    )
    this.#store.replaceIndex({ id, records })
    return this.#bad.length
  }
}
