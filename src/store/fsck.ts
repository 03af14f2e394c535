/**
 * The check of the store: every block lies where the index says, pins are complete, and with
 * `readData` every byte hashes to its CID. Repair drops damaged blocks from the index, so that
 * they count as missing and can be added again.
 */
import { statSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { copyOf, toHex } from '../core/bytes.js'
import { Cid, DAG_PB, verifyBlock } from '../core/cid.js'
import { isKitError, toKitError } from '../core/errors.js'
import { ifPresent } from '../core/fs-durable.js'
import { SHA2_256 } from '../core/hash.js'
import { KeySet } from '../core/key-set.js'
import { inTurns } from '../core/turns.js'
import type { BlockStore } from './block-store.js'
import { framePayload } from '../formats/leaf-frame.js'
import { newId } from './layout.js'
import type { BlockRecord, ObjectId } from './ports.js'
import { decodeRecord, encodeRecord, KEY_BYTES, RECORD_BYTES, recordCid } from './record.js'
import { writeSegment } from './segment.js'

export interface BadBlock {
  readonly cid: string
  readonly where: string
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
  /** Number of damaged entries removed from the index. */
  readonly repaired: number
}

export interface FsckOptions {
  readonly readData: boolean
  readonly repair: boolean
  /** Yields every CID below some roots once, and whether its block cannot be read. */
  readonly below: (
    roots: readonly Cid[]
  ) => Iterable<{ readonly cid: Cid; readonly isMissing: boolean }>
  /** Yields the leaves of a file in order with the bytes each covers, for a root with a whole file. */
  readonly leavesOf: (root: Cid) => Iterable<{ readonly cid: Cid; readonly size: number }>
  readonly onBytes: (count: number) => void
  /** Aborts the check, which then has changed nothing. */
  readonly signal: AbortSignal
}

/** Bytes checked before the event loop gets a turn. */
const BYTES_PER_TURN = 32 << 20

/** Checks a store. @param store a repair requires that no writer is at work (writers.ts). */
export const fsck = (store: BlockStore, options: FsckOptions): Promise<FsckReport> =>
  new Check(store, options).run()

class Check {
  readonly #store: BlockStore
  readonly #options: FsckOptions
  readonly #bad: BadBlock[] = []
  readonly #badKeys = new KeySet()
  readonly #badWholes = new Set<ObjectId>()
  readonly #sizes = new Map<ObjectId, number>()
  #blocks = 0
  #bytes = 0
  #files = 0
  #untilTurn = BYTES_PER_TURN

  constructor(store: BlockStore, options: FsckOptions) {
    this.#store = store
    this.#options = options
  }

  async run(): Promise<FsckReport> {
    for (const { key, record } of this.#inFileOrder()) {
      this.#blocks++
      this.#bytes += record.length
      this.#block(key, record)
      if (record.whole !== 0) this.#whole(key, record)
      this.#untilTurn -= record.length
      if (this.#untilTurn > 0) continue
      this.#untilTurn = BYTES_PER_TURN
      await this.#letOthersRun()
    }
    await this.#letOthersRun()
    const repaired = this.#options.repair && this.#bad.length > 0 ? this.#repair() : 0
    const missing = await this.#missing()
    return {
      blocks: this.#blocks,
      files: this.#files,
      bytes: this.#bytes,
      bad: this.#bad,
      missing,
      repaired
    }
  }

  /** Gives the event loop a turn, without which the signal cannot fire. @throws its reason. */
  async #letOthersRun(): Promise<void> {
    await turn()
    if (this.#options.signal.aborted) throw this.#options.signal.reason
  }

  /** Yields every record once, in order of its place, so that the store is read sequentially. */
  *#inFileOrder(): Generator<{ key: Uint8Array; record: BlockRecord }> {
    const { index } = this.#store.reader
    const positions = new Float64Array(index.count)
    const source = new Float64Array(index.count)
    const offset = new Float64Array(index.count)
    let count = 0
    index.forEach((_bytes, at, segment, i) => {
      const record = decodeRecord(segment.view, at)
      positions[count] = index.position(segment, i)!
      source[count] = record.source
      offset[count] = record.offset
      count++
    })
    const order = new Uint32Array(count).map((_, i) => i)
    order.sort((a, b) => source[a]! - source[b]! || offset[a]! - offset[b]!)
    for (const i of order) {
      const position = positions[i]!
      yield { key: copyOf(index.keyOf(position)), record: index.read(position) }
    }
  }

  /** Checks that a block lies within its file and, with `readData`, that it matches its key. */
  #block(key: Uint8Array, record: BlockRecord): void {
    const size = this.#sizeOf(record.source, record.inFile)
    if (size === undefined || record.offset + record.length > size) {
      const reason = size === undefined ? 'its file is gone' : `its file ends at ${size}`
      this.#report(key, record, reason)
      return
    }
    if (!this.#options.readData) return
    this.#options.onBytes(record.length)
    try {
      const block = this.#store.reader.readUnchecked(record)
      verifyBlock(recordCid(key, record, block), block)
    } catch (error) {
      if (!isKitError(error)) throw error
      this.#report(key, record, error.message)
    }
  }

  /**
   * Checks the contiguous copy of a file on its own: reads of the file use it, although the index
   * may name other copies of its leaves.
   */
  #whole(key: Uint8Array, record: BlockRecord): void {
    this.#files++
    const size = this.#sizeOf(record.whole, true)
    const fault =
      size !== record.size
        ? `its contiguous file has ${size ?? 'no'} bytes, not ${record.size}`
        : this.#options.readData
          ? this.#wholeFault(Cid.v1(record.codec, SHA2_256, key), record)
          : undefined
    if (fault === undefined) return
    // Only the copy is dropped: the node is sound, and the file can be read by its leaves.
    this.#badWholes.add(record.whole)
    this.#note(key, record, this.#store.layout.file(record.whole), fault)
  }

  #wholeFault(root: Cid, record: BlockRecord): string | undefined {
    let position = 0
    try {
      for (const { cid, size } of this.#options.leavesOf(root)) {
        const bytes = Buffer.allocUnsafe(size)
        const n = this.#store.reader.readWhole(record.whole, position, bytes, 0, size)
        const leaf = this.#store.reader.find(cid.key)
        // A leaf recorded at this very place has been verified as a block already.
        if (leaf?.source !== record.whole || leaf.offset !== position)
          verifyPayload(cid, bytes.subarray(0, n))
        position += size
      }
    } catch (error) {
      return `its contiguous file is damaged near byte ${position}: ${toKitError(error).message}`
    }
    return undefined
  }

  #sizeOf(id: ObjectId, inFile: boolean): number | undefined {
    if (!this.#sizes.has(id)) {
      const { layout } = this.#store
      const path = inFile ? layout.file(id) : layout.pack(id)
      this.#sizes.set(id, ifPresent(() => statSync(path).size) ?? -1)
    }
    const size = this.#sizes.get(id)!
    return size < 0 ? undefined : size
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
    const sha2 = record.hashCode === SHA2_256
    const cid = sha2 ? String(Cid.v1(record.codec, SHA2_256, key)) : `key ${toHex(key)}`
    this.#bad.push({ cid, where, reason })
  }

  /** Returns the CIDs that pins need and the store lacks. */
  async #missing(): Promise<string[]> {
    const missing = new Set<string>()
    const roots: Cid[] = []
    for (const pin of this.#store.pins.pins.values()) {
      const root = Cid.parse(pin.cid)
      if (pin.type === 'recursive') roots.push(root)
      else if (!root.isIdentity && !this.#store.reader.has(root.key)) missing.add(pin.cid)
    }
    for await (const { cid, isMissing } of inTurns(
      this.#options.below(roots),
      this.#options.signal
    ))
      if (isMissing) missing.add(String(cid))
    return [...missing]
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

/** Verifies the payload of a leaf against its CID, in a dag-pb frame where the codec is dag-pb. */
function verifyPayload(cid: Cid, payload: Uint8Array): void {
  verifyBlock(cid, cid.codec === DAG_PB ? framePayload(payload) : payload)
}
