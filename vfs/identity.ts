/**
 * Who a node is: to the kernel the place where it was reached (parent and name), to people a
 * number (`st_ino`) that is the same after a remount and on another machine.
 *
 * The number of a folder is a hash of its whole path, from its root's content on; that of a file
 * or symlink a hash of its own content and of its path below its root. So numbers are unique within
 * a tree, and a file that did not change keeps its number in the next version of the tree.
 */

/** 128 bits that tell content apart. The last 64 decide the times of what has none. */
export class Fingerprint {
  a = 0
  b = 0
  c = 0
  d = 0
}

/** Two words, the result of the last call of `mix` or `hashName`. */
const out = { low: 0, high: 0 }

const rotate = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits))

/** Mixes two pairs of words into one. Not for anything an adversary gains from. */
function mix(low: number, high: number, otherLow: number, otherHigh: number): void {
  let x = Math.imul(low ^ rotate(otherLow, 7), 0x85ebca6b)
  let y = Math.imul(high ^ rotate(otherHigh, 11), 0xc2b2ae35)
  x = (x ^ (x >>> 16)) + otherHigh
  y = (y ^ (y >>> 15)) + otherLow
  x = Math.imul(x ^ rotate(y, 13), 0x9e3779b1)
  y = Math.imul(y ^ rotate(x, 17), 0x27d4eb2f)
  x ^= x >>> 15
  y ^= y >>> 16
  out.low = (x + y) | 0
  out.high = (y ^ rotate(x, 5)) | 0
}

/** Hashes bytes to 64 bits, in `out`. */
function hashName(bytes: Uint8Array): void {
  let low = 0x811c9dc5
  let high = 0x2545f491 ^ bytes.length
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!
    low = Math.imul(low ^ byte, 0x01000193)
    high = Math.imul(high + byte, 0x85ebca6b)
    high ^= high >>> 13
  }
  out.low = low ^ (low >>> 15)
  out.high = high ^ (high >>> 16)
}

/** A fingerprint of any bytes, for content that has no hash of its own. */
export function fingerprintOf(bytes: Uint8Array, into: Fingerprint): void {
  hashName(bytes)
  mix(out.low, out.high, 0x51ed270b, 0x68bc21eb)
  into.a = out.low
  into.b = out.high
  mix(out.low, out.high, 0x02e5be93, 0x7f4a7c15)
  into.c = out.low
  into.d = out.high
}

/** Numbers below this are never given: the root of a mount is 1. */
const MIN_NUMBER = 0x10000

/** Where a folder stands, as its entries need it. */
export interface FolderIdentity {
  /** Hash of the content that its tree begins with. */
  readonly originLow: number
  readonly originHigh: number
  /** Hash of the names from there to this folder; 0 where it begins the tree itself. */
  readonly pathLow: number
  readonly pathHigh: number
}

/** The identity of one node, computed from its folder's. One object serves many nodes. */
export class NodeIdentity {
  originLow = 0
  originHigh = 0
  /** Hash of the place: the folder's path and the name. With parent and key it is the node. */
  placeLow = 0
  placeHigh = 0
  /** 63 bits in two unsigned words. */
  numberLow = 0
  numberHigh = 0
  /** Whether a tree begins with it: hashes of the paths below do not know its name. */
  isRoot = false

  /** @param isRoot whether a tree begins with it. */
  become(
    folder: FolderIdentity,
    isRoot: boolean,
    name: Uint8Array,
    fingerprint: Fingerprint,
    isFolder: boolean
  ): void {
    hashName(name)
    mix(folder.pathLow, folder.pathHigh, out.low, out.high)
    this.placeLow = out.low
    this.placeHigh = out.high
    this.isRoot = isRoot
    this.originLow = isRoot ? fingerprint.a : folder.originLow
    this.originHigh = isRoot ? fingerprint.b : folder.originHigh
    if (isFolder) mix(this.originLow, this.originHigh, this.pathLow, this.pathHigh)
    else mix(fingerprint.a, fingerprint.b, this.pathLow, this.pathHigh)
    this.numberLow = out.low >>> 0
    this.numberHigh = out.high & 0x7fffffff
    if (this.numberHigh === 0 && this.numberLow < MIN_NUMBER) this.numberHigh = 1
  }

  get pathLow(): number {
    return this.isRoot ? 0 : this.placeLow
  }

  get pathHigh(): number {
    return this.isRoot ? 0 : this.placeHigh
  }
}

const FIRST_SECOND = 946_684_800 // 2000-01-01T00:00:00Z
const SECONDS = 631_152_000 // until 2020-01-01T00:00:00Z

/** The second, since 1970, of content that has no time of its own. */
export const derivedSecond = ({ c }: Fingerprint): number => FIRST_SECOND + ((c >>> 0) % SECONDS)

/** Its nanoseconds, 0 … 999,999,999. */
export const derivedNanoseconds = ({ d }: Fingerprint): number => (d >>> 0) % 1_000_000_000
