/**
 * A directory as a table: names and CIDs by index, found by name through a hash index.
 * Small directories are tables over their own block; a HAMT directory gets a file (layout in
 * store/FORMAT.md), derived from its shards and rebuildable from them at any time.
 * An entry's index is its stable place in listings.
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
const LINEAR = 12
/** Bytes of a table file whose pages are let go of after each piece of work. */
const LARGE = 8 << 20
export const MAX_NAME = 255

/** Whether a name can be shown as a file name at all. Others are hidden, and counted. */
export function isShowable(bytes: Uint8Array, at: number, length: number): boolean {
  if (length === 0 || length > MAX_NAME) return false
  if (bytes[at] === 0x2e && (length === 1 || (length === 2 && bytes[at + 1] === 0x2e))) return false
  for (let i = at; i < at + length; i++) if (bytes[i] === 0x2f || bytes[i] === 0) return false
  return true
}

const slotBits = (count: number): number => Math.max(4, Math.ceil(Math.log2(count * 2 + 1)))

export class DirTable {
  readonly #bytes: Uint8Array
  readonly #rows: Uint32Array
  readonly #tsizes: Float64Array
  #index: NameIndex | undefined
  #release: (() => void) | undefined
  readonly count: number
  /** Entries whose names cannot be shown; they have no index. */
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

  /** The table of a plain directory, over its decoded block. Duplicate names: the first wins. */
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
   * Read a table file.
   * @param release lets go of the memory that reading it has mapped.
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
    // Checked once, when it is opened: from then on its offsets are believed.
    if (view.getUint32(20, true) !== crc32(bytes.subarray(HEADER)))
      throw new KitError('CORRUPT_FORMAT', 'damaged directory table')
    const hidden = view.getUint32(12, true)
    const seed = view.getUint32(24, true)
    const duplicates = view.getUint32(28, true)
    const index = { slots, seed, duplicates }
    const table = new DirTable(bytes.subarray(heap), rows, tsizes, count, hidden, index)
    if (release !== undefined && bytes.length >= LARGE) table.#release = release
    table.release()
    return table
  }

  /** To be called after a piece of work: a large table must not stay mapped in memory as a whole. */
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

  /** Over the table's own memory: good until the caller gives back control. */
  cidHere(i: number): Cid {
    return Cid.decode(this.cidBytes(i))
  }

  /** A copy: a CID may outlive the mapped file that the table lies in. */
  cid(i: number): Cid {
    return Cid.decode(copyOf(this.cidBytes(i)))
  }

  /** Size the parent claims for the DAG below; −1 where it says none. Unverified. */
  tsize(i: number): number {
    return this.#tsizes[i]!
  }

  /** Index of a name; −1 where the directory has none such. */
  find(name: Uint8Array): number {
    if (this.count <= LINEAR && this.#index === undefined) {
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

  /** Whether an earlier entry bears the same name: such an entry is not listed. */
  isDuplicate(i: number): boolean {
    return this.#names().duplicates > 0 && this.find(this.name(i)) !== i
  }

  /** Bytes of memory this table holds on to. */
  get weight(): number {
    return (
      this.#bytes.length + this.#rows.byteLength + this.#tsizes.byteLength + this.count * 8 + 200
    )
  }
}

/** Open addressing: slot → entry + 1. Seeded, so that nobody can choose names that collide. */
interface NameIndex {
  readonly slots: Uint32Array
  readonly seed: number
  /** Entries whose names an earlier one bears already. */
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
 * Lay out a table file; the parts, written one behind the other, are the file. Its rows are in
 * the order of the names, not of their hashes: so lists a plain directory, so go programs that
 * sort what they list, and so lie the files of one that was added here on the disk.
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
