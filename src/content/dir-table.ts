/**
 * Directory tables: names and CIDs by index, found by name through a hash index. The table of a
 * plain directory lies over its block; that of a HAMT directory is a file (layout in
 * store/FORMAT.md), which can be rebuilt from its shards at any time. An entry's index is its
 * stable place in listings.
 */
import { randomInt } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { copyOf, equalBytes, hash32 } from '../core/bytes.js'
import { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import type { PbNode } from '../formats/dag-pb.js'
import type { EntryList } from './entry-list.js'

const MAGIC = 0x33444b49 // "IKD3"
const HEADER = 32
/** Largest number of entries that is searched linearly, without an index. */
const MAX_LINEAR = 12
/** Size in bytes from which a table file is released from memory after each use. */
const MIN_RELEASED = 8 << 20
export const MAX_NAME = 255

/** Returns whether a name can be a file name. Other entries are hidden, and counted. */
export function isShowable(bytes: Uint8Array, at: number, length: number): boolean {
  if (length === 0 || length > MAX_NAME) return false
  if (bytes[at] === 0x2e && (length === 1 || (length === 2 && bytes[at + 1] === 0x2e))) return false
  for (let i = at; i < at + length; i++) if (bytes[i] === 0x2f || bytes[i] === 0) return false
  return true
}

const slotBits = (count: number): number => Math.max(4, Math.ceil(Math.log2(count * 2 + 1)))

/** A read-only table. */
export class DirTable {
  readonly #bytes: Uint8Array
  readonly #rows: Uint32Array
  readonly #tsizes: Float64Array
  #index: NameIndex | undefined
  #release: (() => void) | undefined
  readonly count: number
  /** Number of entries whose names cannot be shown; they have no index. */
  readonly hidden: number

  private constructor(
    bytes: Uint8Array,
    rows: Uint32Array,
    tsizes: Float64Array,
    count: number,
    hidden: number,
    index?: NameIndex
  ) {
    this.#bytes = bytes
    this.#rows = rows
    this.#tsizes = tsizes
    this.count = count
    this.hidden = hidden
    this.#index = index
  }

  /**
   * Makes the table of a plain directory over its decoded block, whose rows it compacts in place.
   * Of duplicate names the first wins.
   */
  static fromNode(node: PbNode): DirTable {
    const { rows, tsizes } = node
    let count = 0
    for (let i = 0; i < node.count; i++) {
      if (!isShowable(node.bytes, rows[i * 4]!, rows[i * 4 + 1]!)) continue
      if (count !== i) {
        rows.copyWithin(count * 4, i * 4, i * 4 + 4)
        tsizes[count] = tsizes[i]!
      }
      count++
    }
    return new DirTable(node.bytes, rows, tsizes, count, node.count - count)
  }

  /**
   * Reads a table file.
   * @param release drops the resident pages of its mapping.
   * @throws CORRUPT_FORMAT; the caller rebuilds it.
   */
  static fromFile(bytes: Uint8Array, release?: () => void): DirTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const count = bytes.length < HEADER ? 0 : view.getUint32(4, true)
    const bits = bytes.length < HEADER ? 0 : view.getUint32(8, true)
    const heap = HEADER + count * 24 + 4 * 2 ** bits
    if (
      bytes.length < HEADER ||
      view.getUint32(0, true) !== MAGIC ||
      view.getUint32(16, true) !== bytes.length - heap
    )
      throw new KitError('CORRUPT_FORMAT', 'damaged directory table')
    const at = bytes.byteOffset + HEADER
    const tsizes = new Float64Array(bytes.buffer, at, count)
    const rows = new Uint32Array(bytes.buffer, at + count * 8, count * 4)
    const slots = new Uint32Array(bytes.buffer, at + count * 24, 2 ** bits)
    // The checksum is compared once, on opening; later accesses trust the offsets.
    if (view.getUint32(20, true) !== crc32(bytes.subarray(HEADER)))
      throw new KitError('CORRUPT_FORMAT', 'damaged directory table')
    const hidden = view.getUint32(12, true)
    const seed = view.getUint32(24, true)
    const duplicates = view.getUint32(28, true)
    const index = { slots, seed, duplicates }
    const table = new DirTable(bytes.subarray(heap), rows, tsizes, count, hidden, index)
    if (release !== undefined && bytes.length >= MIN_RELEASED) table.#release = release
    table.release()
    return table
  }

  /** Drops the resident pages of a large table. Call it after each use, to bound memory. */
  release(): void {
    this.#release?.()
  }

  name(i: number): Uint8Array {
    const at = this.#rows[i * 4]!
    return this.#bytes.subarray(at, at + this.#rows[i * 4 + 1]!)
  }

  cidBytes(i: number): Uint8Array {
    const at = this.#rows[i * 4 + 2]!
    return this.#bytes.subarray(at, at + this.#rows[i * 4 + 3]!)
  }

  /** Returns a CID over the table's own memory, valid until the caller returns to the event loop. */
  cidHere(i: number): Cid {
    return Cid.decode(this.cidBytes(i))
  }

  /** Returns a CID over a copy, because it may outlive the mapped file of the table. */
  cid(i: number): Cid {
    return Cid.decode(copyOf(this.cidBytes(i)))
  }

  /** Returns the size that the directory claims for the DAG below, unverified; −1 for none. */
  tsize(i: number): number {
    return this.#tsizes[i]!
  }

  /** Returns the index of a name, −1 if the directory lacks it. */
  find(name: Uint8Array): number {
    if (this.count <= MAX_LINEAR && this.#index === undefined) {
      for (let i = 0; i < this.count; i++) if (equalBytes(this.name(i), name)) return i
      return -1
    }
    const { slots, seed } = this.#names()
    const mask = slots.length - 1
    for (let slot = hash32(name, seed) & mask; ; slot = (slot + 1) & mask) {
      const entry = slots[slot]!
      if (entry === 0) return -1
      if (equalBytes(this.name(entry - 1), name)) return entry - 1
    }
  }

  #names(): NameIndex {
    return (this.#index ??= indexNames((i) => this.name(i), this.count))
  }

  /** Returns whether an earlier entry has the same name; such an entry is not listed. */
  isDuplicate(i: number): boolean {
    return this.#names().duplicates > 0 && this.find(this.name(i)) !== i
  }

  /** Approximate bytes of memory that the table retains. */
  get weight(): number {
    return (
      this.#bytes.length + this.#rows.byteLength + this.#tsizes.byteLength + this.count * 8 + 200
    )
  }
}

/** A hash index with open addressing: slot → entry + 1. A random seed defeats chosen collisions. */
interface NameIndex {
  readonly slots: Uint32Array
  readonly seed: number
  /** Number of entries whose name an earlier entry has. */
  readonly duplicates: number
}

function indexNames(nameAt: (i: number) => Uint8Array, count: number): NameIndex {
  const seed = randomInt(2 ** 32)
  const slots = new Uint32Array(2 ** slotBits(count))
  const mask = slots.length - 1
  let duplicates = 0
  for (let i = 0; i < count; i++) {
    const name = nameAt(i)
    let slot = hash32(name, seed) & mask
    while (slots[slot] !== 0 && !equalBytes(nameAt(slots[slot]! - 1), name))
      slot = (slot + 1) & mask
    if (slots[slot] === 0) slots[slot] = i + 1
    else duplicates++
  }
  return { slots, seed, duplicates }
}

/**
 * Returns the parts of a table file, which concatenated are the file. The rows are in the order of
 * names, not of hashes: plain directories list so, programs that sort a listing read so, and the
 * files of a directory added here lie on the disk so.
 */
export function tableFile(entries: EntryList, hidden = 0): Uint8Array[] {
  const { heap, count } = entries
  const { rows, tsizes } = sorted(entries)
  const nameAt = (i: number): Uint8Array => heap.get(rows[i * 4]!, rows[i * 4 + 1]!)
  const { slots, seed, duplicates } = indexNames(nameAt, count)
  const header = Buffer.alloc(HEADER)
  header.writeUInt32LE(MAGIC, 0)
  header.writeUInt32LE(count, 4)
  header.writeUInt32LE(Math.log2(slots.length), 8)
  header.writeUInt32LE(hidden, 12)
  header.writeUInt32LE(heap.length, 16)
  const raw = (array: Uint32Array | Float64Array): Uint8Array =>
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
  const body = [raw(tsizes), raw(rows), raw(slots), ...heap.parts()]
  header.writeUInt32LE(
    body.reduce((sum, part) => crc32(part, sum), 0),
    20
  )
  header.writeUInt32LE(seed, 24)
  header.writeUInt32LE(duplicates, 28)
  return [header, ...body]
}

function sorted(entries: EntryList): { rows: Uint32Array; tsizes: Float64Array } {
  const order = entries.byName()
  const rows = new Uint32Array(order.length * 4)
  const tsizes = new Float64Array(order.length)
  for (let place = 0; place < order.length; place++) {
    const entry = order[place]!
    rows.set(entries.rows.subarray(entry * 4, entry * 4 + 4), place * 4)
    tsizes[place] = entries.tsizes[entry]!
  }
  return { rows, tsizes }
}
