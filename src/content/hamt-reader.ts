/**
 * The reader of HAMT directories: one name along its hash (two or three shards), or all shards
 * into a table. Every shard is checked against its own bitfield before it is used.
 */
import { equalBytes } from '../core/bytes.js'
import { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { KeySet } from '../core/key-set.js'
import { decodePb, linkCid, linkName, TSIZE_ABSENT, type PbNode } from '../formats/dag-pb.js'
import { isShowable, tableFile } from './dir-table.js'
import { EntryList } from './entry-list.js'
import { HASH_MURMUR3 } from './hamt-writer.js'
import { murmur, murmur64 } from '../formats/murmur3.js'
import { decodeUnixFs, UNIXFS_HAMT } from '../formats/unixfs.js'

type Load = (cid: Cid) => Uint8Array

const HASH_BITS = 64
const MAX_FANOUT = 1024

interface Shard {
  readonly node: PbNode
  /** Number of hash bits that this shard consumes. */
  readonly bits: number
  /** Number of hex digits before each name. */
  readonly width: number
}

const corrupt = (cid: Cid, reason: string): KitError =>
  new KitError('CORRUPT_FORMAT', `directory shard ${cid} ${reason}`)

/** Decodes and checks a shard. @throws CORRUPT_FORMAT, and the errors of `load`. */
function openShard(cid: Cid, load: Load): Shard {
  const node = decodePb(load(cid))
  const unixfs = decodeUnixFs(node.data ?? new Uint8Array(0))
  const fanout = unixfs.fanout ?? 0
  const bits = Math.log2(fanout)
  if (unixfs.type !== UNIXFS_HAMT) throw corrupt(cid, 'is no shard')
  if (!Number.isInteger(bits) || bits < 3 || fanout > MAX_FANOUT)
    throw corrupt(cid, `has fanout ${fanout}; it must be a power of two from 8 to ${MAX_FANOUT}`)
  if (unixfs.hashType !== HASH_MURMUR3) throw corrupt(cid, `uses hash function ${unixfs.hashType}`)
  const width = (fanout - 1).toString(16).length
  checkBitfield(cid, node, unixfs.data ?? new Uint8Array(0), width)
  return { node, bits, width }
}

/** Checks that the links are those of the bitfield, in order. @throws CORRUPT_FORMAT. */
function checkBitfield(cid: Cid, node: PbNode, field: Uint8Array, width: number): void {
  let expected = 0
  for (const byte of field) for (let b = byte; b !== 0; b &= b - 1) expected++
  if (expected !== node.count) throw corrupt(cid, `has ${node.count} links for ${expected} bits`)
  let last = -1
  for (let i = 0; i < node.count; i++) {
    const slot = slotOf(linkName(node, i), width)
    if (slot <= last) throw corrupt(cid, 'has two links for one slot, or links out of order')
    last = slot
    const byte = field[field.length - 1 - (slot >>> 3)] ?? 0
    if (Number.isNaN(slot) || ((byte >>> (slot & 7)) & 1) === 0)
      throw corrupt(cid, 'has a link that contradicts its bitfield')
  }
}

/** Returns the slot that a link's prefix names; NaN if it is no hex number. */
function slotOf(name: Uint8Array, width: number): number {
  let slot = name.length < width ? Number.NaN : 0
  for (let i = 0; i < width && i < name.length; i++) {
    const c = name[i]!
    const digit = c >= 0x30 && c <= 0x39 ? c - 0x30 : c >= 0x41 && c <= 0x46 ? c - 0x37 : Number.NaN
    slot = slot * 16 + digit
  }
  return slot
}

/** Returns `count` bits of the hash from bit `from` on, counted from the most significant. */
function hashBits(hash: bigint, from: number, count: number): number {
  return Number((hash >> BigInt(HASH_BITS - from - count)) & ((1n << BigInt(count)) - 1n))
}

/** Finds a name without a listing. @throws CORRUPT_FORMAT, and the errors of `load`. */
export function findInHamt(root: Cid, name: Uint8Array, load: Load): Cid | undefined {
  if (!isShowable(name, 0, name.length)) return undefined
  murmur64(name)
  const hash = (BigInt(murmur.high) << 32n) | BigInt(murmur.low)
  let cid = root
  for (let used = 0; ;) {
    const { node, bits, width } = openShard(cid, load)
    if (used + bits > HASH_BITS) throw corrupt(cid, 'lies deeper than a hash has bits')
    const slot = hashBits(hash, used, bits)
    used += bits
    const i = linkInSlot(node, slot, width)
    if (i < 0) return undefined
    const own = linkName(node, i)
    if (own.length > width)
      return equalBytes(own.subarray(width), name) ? Cid.decode(linkCid(node, i)) : undefined
    cid = Cid.decode(linkCid(node, i))
  }
}

function linkInSlot(node: PbNode, slot: number, width: number): number {
  for (let i = 0; i < node.count; i++) if (slotOf(linkName(node, i), width) === slot) return i
  return -1
}

/** Returns the shards below a shard, all of which a listing needs. */
export function shardsBelow(cid: Cid, block: Uint8Array): Cid[] {
  const { node, width } = openShard(cid, () => block)
  const below: Cid[] = []
  for (let i = 0; i < node.count; i++)
    if (linkName(node, i).length === width) below.push(Cid.decode(linkCid(node, i)))
  return below
}

/** Reads every shard. @returns the parts of the table file. */
export function collectHamt(root: Cid, load: Load): Uint8Array[] {
  const entries = new EntryList()
  const seen = new KeySet()
  let hidden = 0
  const visit = (cid: Cid, used: number): void => {
    // A valid directory holds no shard twice, since names below it share a hash prefix; a hostile
    // one could multiply its size so.
    if (!seen.add(cid.key)) throw corrupt(cid, 'stands in the directory twice')
    const { node, bits, width } = openShard(cid, load)
    if (used + bits > HASH_BITS) throw corrupt(cid, 'lies deeper than a hash has bits')
    for (let i = 0; i < node.count; i++) {
      const own = linkName(node, i)
      if (own.length === width) visit(Cid.decode(linkCid(node, i)), used + bits)
      else if (!isShowable(own, width, own.length - width)) hidden++
      else
        entries.setLink(
          entries.addName(own.subarray(width)),
          linkCid(node, i),
          node.tsizes[i] ?? TSIZE_ABSENT
        )
    }
  }
  visit(root, 0)
  return tableFile(entries, hidden)
}
