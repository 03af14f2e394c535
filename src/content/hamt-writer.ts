/**
 * The writer of HAMT directories, bottom-up from the entries sorted by the hashes of their names.
 * A shard is a range of that order, so no tree of objects is built.
 * Source: https://specs.ipfs.tech/unixfs/#dag-pb-hamtdirectory
 */
import { utf8, toHex } from '../core/bytes.js'
import { KitError } from '../core/errors.js'
import { Kind } from '../formats/block-kind.js'
import type { PbLink } from '../formats/dag-pb.js'
import { tableFile } from './dir-table.js'
import type { EntryList } from './entry-list.js'
import { murmur, murmur64 } from '../formats/murmur3.js'
import type { Added, NodeWriter } from './node-writer.js'
import { encodeUnixFs, UNIXFS_HAMT, type Metadata } from '../formats/unixfs.js'

const FANOUT = 256
/** Multicodec of murmur3-x64-64, the only hash in HAMT directories. */
export const HASH_MURMUR3 = 0x22
const LEVELS = 8

const PREFIXES = Array.from({ length: FANOUT }, (_, i) =>
  utf8(i.toString(16).toUpperCase().padStart(2, '0'))
)

/** The entries' indices in order of the hashes of their names, and the hashes by entry. */
class HashOrder {
  readonly order: Uint32Array
  readonly #high: Uint32Array
  readonly #low: Uint32Array

  constructor(entries: EntryList) {
    const { count } = entries
    this.order = new Uint32Array(count)
    this.#high = new Uint32Array(count)
    this.#low = new Uint32Array(count)
    for (let i = 0; i < count; i++) {
      murmur64(entries.name(i))
      this.order[i] = i
      this.#high[i] = murmur.high
      this.#low[i] = murmur.low
    }
    const high = this.#high
    const low = this.#low
    this.order.sort((a, b) => high[a]! - high[b]! || low[a]! - low[b]!)
  }

  /** Returns the slot in a shard of `level` for the entry at a place of the order. */
  slot(place: number, level: number): number {
    const entry = this.order[place]!
    const word = level < 4 ? this.#high[entry]! : this.#low[entry]!
    return (word >>> (24 - 8 * (level & 3))) & 0xff
  }
}

/** Writes the shards and the table of a directory. @returns its root. */
export function writeHamt(writer: NodeWriter, entries: EntryList, metadata: Metadata): Added {
  const hashes = new HashOrder(entries)
  const shard = (from: number, to: number, level: number): Added => {
    if (level === LEVELS)
      throw new KitError('UNSUPPORTED', 'two names with one 64-bit hash in a directory')
    const links: PbLink[] = []
    const bits = new Uint8Array(FANOUT / 8)
    for (let start = from; start < to;) {
      const slot = hashes.slot(start, level)
      let end = start + 1
      while (end < to && hashes.slot(end, level) === slot) end++
      bits[bits.length - 1 - (slot >>> 3)]! |= 1 << (slot & 7)
      links.push(
        end - start === 1 ? leaf(slot, hashes.order[start]!) : below(slot, start, end, level)
      )
      start = end
    }
    const extra = level === 0 ? metadata : {}
    const data = encodeUnixFs({
      type: UNIXFS_HAMT,
      data: withoutLeadingZeros(bits),
      blockSizes: [],
      hashType: HASH_MURMUR3,
      fanout: FANOUT,
      ...extra
    })
    return writer.node(links, data, { kind: Kind.HAMT, size: 0, ...extra })
  }
  const leaf = (slot: number, entry: number): PbLink => {
    const { name, cid, tsize } = entries.link(entry)
    return { name: Buffer.concat([PREFIXES[slot]!, name]), cid, tsize }
  }
  const below = (slot: number, from: number, to: number, level: number): PbLink => {
    const { cid, tsize } = shard(from, to, level + 1)
    return { name: PREFIXES[slot]!, cid: cid.bytes, tsize }
  }
  const root = shard(0, entries.count, 0)
  writer.sink.putTable(toHex(root.cid.key), tableFile(entries))
  return root
}

function withoutLeadingZeros(bits: Uint8Array): Uint8Array {
  let from = 0
  while (from < bits.length - 1 && bits[from] === 0) from++
  return bits.subarray(from)
}
