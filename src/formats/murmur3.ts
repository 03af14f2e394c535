/**
 * The first 64 bits of MurmurHash3 x64-128 (seed 0), by which HAMT directories place names. It
 * computes on pairs of 32-bit halves, because BigInt is ten times slower.
 * Source: https://specs.ipfs.tech/unixfs/#dag-pb-hamtdirectory, Appleby's public-domain MurmurHash3.
 */

/** The result of murmur64; `high` holds the first 32 bits. Each call overwrites it. */
export const murmur = { high: 0, low: 0 }

// A 64-bit register in two globals: mul(), rotl(), add() and finalMix() leave their results in it.
let rh = 0
let rl = 0

/** Multiplies modulo 2^64. The low words are split into 16 bits, so that each product is exact. */
function mul(ah: number, al: number, bh: number, bl: number): void {
  const a0 = al & 0xffff
  const a1 = al >>> 16
  const b0 = bl & 0xffff
  const b1 = bl >>> 16
  const low = a0 * b0
  const mid1 = a1 * b0 + (low >>> 16)
  const mid2 = a0 * b1 + (mid1 & 0xffff)
  const carry = a1 * b1 + Math.floor(mid1 / 65536) + Math.floor(mid2 / 65536)
  rl = ((mid2 << 16) | (low & 0xffff)) >>> 0
  rh = (carry + Math.imul(ah, bl) + Math.imul(al, bh)) >>> 0
}

function rotl(h: number, l: number, by: number): void {
  if (by === 32) {
    rh = l
    rl = h
  } else if (by < 32) {
    rh = ((h << by) | (l >>> (32 - by))) >>> 0
    rl = ((l << by) | (h >>> (32 - by))) >>> 0
  } else {
    const n = by - 32
    rh = ((l << n) | (h >>> (32 - n))) >>> 0
    rl = ((h << n) | (l >>> (32 - n))) >>> 0
  }
}

function add(ah: number, al: number, bh: number, bl: number): void {
  const low = al + bl
  rl = low >>> 0
  rh = (ah + bh + (low > 0xffffffff ? 1 : 0)) >>> 0
}

function finalMix(h: number, l: number): void {
  l = (l ^ (h >>> 1)) >>> 0
  mul(h, l, 0xff51afd7, 0xed558ccd)
  l = (rl ^ (rh >>> 1)) >>> 0
  mul(rh, l, 0xc4ceb9fe, 0x1a85ec53)
  rl = (rl ^ (rh >>> 1)) >>> 0
}

const C1H = 0x87c37b91
const C1L = 0x114253d5
const C2H = 0x4cf5ad43
const C2L = 0x2745937f

function mixK1(h: number, l: number): void {
  mul(h, l, C1H, C1L)
  rotl(rh, rl, 31)
  mul(rh, rl, C2H, C2L)
}

function mixK2(h: number, l: number): void {
  mul(h, l, C2H, C2L)
  rotl(rh, rl, 33)
  mul(rh, rl, C1H, C1L)
}

const word = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0

/** Returns the little-endian word at `at`, with zeros from `end` on. */
function partial(bytes: Uint8Array, at: number, end: number): number {
  let value = 0
  for (let i = 0; i < 4 && at + i < end; i++) value |= bytes[at + i]! << (8 * i)
  return value >>> 0
}

/** Hashes `bytes` into `murmur`. */
export function murmur64(bytes: Uint8Array): void {
  let h1h = 0
  let h1l = 0
  let h2h = 0
  let h2l = 0
  const length = bytes.length
  const blocks = length & ~15
  for (let at = 0; at < blocks; at += 16) {
    mixK1(word(bytes, at + 4), word(bytes, at))
    rotl((h1h ^ rh) >>> 0, (h1l ^ rl) >>> 0, 27)
    add(rh, rl, h2h, h2l)
    mul(rh, rl, 0, 5)
    add(rh, rl, 0, 0x52dce729)
    h1h = rh
    h1l = rl
    mixK2(word(bytes, at + 12), word(bytes, at + 8))
    rotl((h2h ^ rh) >>> 0, (h2l ^ rl) >>> 0, 31)
    add(rh, rl, h1h, h1l)
    mul(rh, rl, 0, 5)
    add(rh, rl, 0, 0x38495ab5)
    h2h = rh
    h2l = rl
  }
  if (length - blocks > 8) {
    mixK2(partial(bytes, blocks + 12, length), partial(bytes, blocks + 8, length))
    h2h = (h2h ^ rh) >>> 0
    h2l = (h2l ^ rl) >>> 0
  }
  if (length > blocks) {
    mixK1(partial(bytes, blocks + 4, length), partial(bytes, blocks, length))
    h1h = (h1h ^ rh) >>> 0
    h1l = (h1l ^ rl) >>> 0
  }
  finish(h1h, (h1l ^ length) >>> 0, h2h, (h2l ^ length) >>> 0)
}

function finish(h1h: number, h1l: number, h2h: number, h2l: number): void {
  add(h1h, h1l, h2h, h2l)
  const ah = rh
  const al = rl
  add(h2h, h2l, ah, al)
  const bh = rh
  const bl = rl
  finalMix(ah, al)
  const mh = rh
  const ml = rl
  finalMix(bh, bl)
  add(mh, ml, rh, rl)
  murmur.high = rh
  murmur.low = rl
}
