/**
 * The reader of HAMT directories: one name along its hash (two or three shards), or all shards
 * into a table. Every shard is checked against its own bitfield before it is used. A name counts only
 * where its hash puts it, so that both ways find the same names.
 */
import { copyOf, equalBytes } from '../core/bytes.js'
import { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { KeySet } from '../core/key-set.js'
import { decodePb, linkCid, linkName, TSIZE_ABSENT, type PbNode } from '../formats/dag-pb.js'
import { isShowable, tableFile } from './dir-table.js'
import { EntryList } from './entry-list.js'
import { HASH_BITS, hashMatches, hashSlot, slotOf, slotWidth, type SlotPath } from './hamt-slots.js'
import { HASH_MURMUR3 } from './hamt-writer.js'
import { murmur64 } from '../formats/murmur3.js'
import { decodeUnixFs, UNIXFS_HAMT } from '../formats/unixfs.js'

type Load = (cid: Cid) => Uint8Array

const MAX_FANOUT = 1024
/** Bits of names' slots after which chance is out of the question. */
const ENOUGH_BITS = 32

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
  const width = slotWidth(fanout)
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

/** A name and where its directory holds it. */
interface PlacedName {
  /** Not copied from its shard. */
  readonly name: Uint8Array
  readonly path: SlotPath
  readonly node: PbNode
  /** The place of its link in the shard. */
  readonly link: number
}

/** Returns whether a name lies where its hash puts it, when `from` bits of it are used above the root. */
function isInPlace({ name, path }: PlacedName, from: number): boolean {
  murmur64(name)
  return hashMatches(path, from)
}

/** Finds a name by its hash alone. @throws CORRUPT_FORMAT, and the errors of `load`. */
export function findInHamt(root: Cid, name: Uint8Array, load: Load): Cid | undefined {
  if (!isShowable(name, 0, name.length)) return undefined
  murmur64(name)
  let cid = root
  for (let used = 0; ;) {
    const { node, bits, width } = openShard(cid, load)
    if (used + bits > HASH_BITS) throw corrupt(cid, 'lies deeper than a hash has bits')
    const i = linkInSlot(node, hashSlot(used, bits), width)
    used += bits
    if (i < 0) return undefined
    const own = linkName(node, i)
    if (own.length > width)
      return equalBytes(own.subarray(width), name) ? Cid.decode(linkCid(node, i)) : undefined
    cid = Cid.decode(linkCid(node, i))
  }
}

/**
 * Returns whether the hashes of names lead from this shard on, by its first few names; otherwise it
 * is an inner shard, or holds names in wrong slots, and only its table tells which names it has.
 * @throws CORRUPT_FORMAT, and the errors of `load`.
 */
export function isHamtRoot(cid: Cid, load: Load): boolean {
  let bits = 0
  for (const placed of namesBelow(cid, load)) {
    if (!isInPlace(placed, 0)) return false
    // A name is in place by chance, too, as often as its slots have values.
    for (const step of placed.path) bits += step.bits
    if (bits >= ENOUGH_BITS) return true
  }
  return true
}

function linkInSlot(node: PbNode, slot: number, width: number): number {
  for (let i = 0; i < node.count; i++) if (slotOf(linkName(node, i), width) === slot) return i
  return -1
}

/** Yields the names of one shard that can be shown. */
function* namesIn({ node, bits, width }: Shard, above: SlotPath): Generator<PlacedName> {
  for (let link = 0; link < node.count; link++) {
    const own = linkName(node, link)
    if (own.length === width || !isShowable(own, width, own.length - width)) continue
    const path = [...above, { slot: slotOf(own, width), bits }]
    yield { name: own.subarray(width), path, node, link }
  }
}

/** Returns what a shard links to in its order: entries, and shards below it, which have no name. */
export function shardLinks(
  cid: Cid,
  block: Uint8Array
): { readonly name: Uint8Array | undefined; readonly cid: Cid }[] {
  const { node, width } = openShard(cid, () => block)
  return Array.from({ length: node.count }, (_, i) => {
    const own = linkName(node, i)
    const name = own.length === width ? undefined : copyOf(own.subarray(width))
    return { name, cid: Cid.decode(linkCid(node, i)) }
  })
}

/** Returns the shards below a shard, all of which a listing needs. */
export function shardsBelow(cid: Cid, block: Uint8Array): Cid[] {
  const { node, width } = openShard(cid, () => block)
  const below: Cid[] = []
  for (let i = 0; i < node.count; i++)
    if (linkName(node, i).length === width) below.push(Cid.decode(linkCid(node, i)))
  return below
}

/**
 * Yields every name of a directory, shard by shard.
 * @param onHidden receives the number of names that no file can have.
 * @throws CORRUPT_FORMAT, and the errors of `load`.
 */
function* namesBelow(
  root: Cid,
  load: Load,
  onHidden: (count: number) => void = () => undefined
): Generator<PlacedName> {
  const seen = new KeySet()
  const open: { cid: Cid; path: SlotPath; used: number }[] = [{ cid: root, path: [], used: 0 }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { cid, path, used } = next
    // A valid directory holds no shard twice, since names below it share a hash prefix; a hostile
    // one could multiply its size so.
    if (!seen.add(cid.key)) throw corrupt(cid, 'stands in the directory twice')
    const shard = openShard(cid, load)
    const { node, bits, width } = shard
    if (used + bits > HASH_BITS) throw corrupt(cid, 'lies deeper than a hash has bits')
    let others = node.count
    for (const placed of namesIn(shard, path)) {
      others--
      yield placed
    }
    for (let i = node.count - 1; i >= 0; i--) {
      const own = linkName(node, i)
      if (own.length !== width) continue
      others--
      const below = [...path, { slot: slotOf(own, width), bits }]
      open.push({ cid: Cid.decode(linkCid(node, i)), path: below, used: used + bits })
    }
    onHidden(others)
  }
}

/** Reads every shard. @returns the parts of the table file. */
export function collectHamt(root: Cid, load: Load): Uint8Array[] {
  const from = isHamtRoot(root, load) ? 0 : commonOffset(root, load)
  const entries = new EntryList()
  let hidden = 0
  for (const placed of namesBelow(root, load, (count) => (hidden += count))) {
    const { name, node, link } = placed
    // A name is found by its hash from the shard on, too, as findInHamt does.
    if (!isInPlace(placed, from) && !hashMatches(placed.path, 0)) hidden++
    else entries.setLink(entries.addName(name), linkCid(node, link), node.tsizes[link] ?? TSIZE_ABSENT) // prettier-ignore
  }
  return tableFile(entries, hidden)
}

/** Returns the bit of the hashes from which on they lead to most names. */
function commonOffset(root: Cid, load: Load): number {
  const counts = new Uint32Array(HASH_BITS)
  for (const { name, path } of namesBelow(root, load)) {
    murmur64(name)
    for (let from = 0; from < HASH_BITS; from++) if (hashMatches(path, from)) counts[from]!++
  }
  return counts.indexOf(Math.max(...counts))
}
