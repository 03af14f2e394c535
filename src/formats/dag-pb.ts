/**
 * Decodes and encodes dag-pb nodes.
 *
 * @ipld/dag-pb decodes link names as text, which loses names that are not UTF-8, so that a node
 * encoded again has another CID. Here names are bytes.
 * Source: https://ipld.io/specs/codecs/dag-pb/spec/
 */
import { cidLengthAt } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { readHint, readVarint, varint, varintLength, writeVarint } from '../core/varint.js'

// Protobuf tags (field number × 8 + wire type): PBLink has Hash 1, Name 2 and Tsize 3, PBNode has
// Data 1 and Links 2.
const HASH = 0x0a
const NAME = 0x12
const TSIZE = 0x18
const DATA = 0x0a
const LINK = 0x12

/** A link to encode. `tsize` is the cumulative size of the DAG below it, in bytes. */
export interface PbLink {
  readonly name: Uint8Array
  readonly cid: Uint8Array
  readonly tsize: number
}

/**
 * A decoded node. Links are offsets into the block, so that each costs four numbers and no object.
 * TSIZE_ABSENT marks a missing Tsize.
 */
export interface PbNode {
  readonly bytes: Uint8Array
  /** The UnixFS (or other) message; undefined if the node has none. */
  readonly data: Uint8Array | undefined
  readonly count: number
  /** Four numbers per link: name offset, name length, CID offset, CID length. */
  readonly rows: Uint32Array
  readonly tsizes: Float64Array
}

export const TSIZE_ABSENT = -1

const corrupt = (reason: string, cause?: unknown): KitError =>
  new KitError('CORRUPT_FORMAT', `malformed dag-pb node: ${reason}`, { cause })

export const linkCid = (node: PbNode, i: number): Uint8Array => {
  const at = node.rows[i * 4 + 2]!
  return node.bytes.subarray(at, at + node.rows[i * 4 + 3]!)
}

export const linkName = (node: PbNode, i: number): Uint8Array => {
  const at = node.rows[i * 4]!
  return node.bytes.subarray(at, at + node.rows[i * 4 + 1]!)
}

/** Decodes a node. @throws CORRUPT_FORMAT. */
export function decodePb(bytes: Uint8Array): PbNode {
  let data: Uint8Array | undefined
  let rows = new Uint32Array(16)
  let tsizes = new Float64Array(4)
  let count = 0
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at]!
    if (tag !== DATA && tag !== LINK) throw corrupt(`unexpected tag ${tag} at offset ${at}`)
    const length = readVarint(bytes, at + 1)
    const start = varint.next
    const end = start + length
    if (end > bytes.length) throw corrupt(`field at offset ${at} runs past the end`)
    if (tag === DATA) {
      if (data !== undefined) throw corrupt('two Data fields')
      data = bytes.subarray(start, end)
    } else {
      if (count === tsizes.length) {
        rows = grow32(rows)
        tsizes = grow64(tsizes)
      }
      decodeLink(bytes, start, end, rows, tsizes, count++)
    }
    at = end
  }
  return { bytes, data, count, rows, tsizes }
}

function grow32(from: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const to = new Uint32Array(from.length * 2)
  to.set(from)
  return to
}

function grow64(from: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const to = new Float64Array(from.length * 2)
  to.set(from)
  return to
}

/** Decodes a link into row `index`. Its CID is checked now, so that later accesses cannot fail. */
function decodeLink(
  bytes: Uint8Array,
  start: number,
  end: number,
  rows: Uint32Array,
  tsizes: Float64Array,
  index: number
): void {
  const row = index * 4
  rows[row] = start
  tsizes[index] = TSIZE_ABSENT
  let hasHash = false
  for (let at = start; at < end;) {
    const tag = bytes[at]!
    if (tag === TSIZE) {
      tsizes[index] = readHint(bytes, at + 1, end)
      at = varint.next
      continue
    }
    const value = readVarint(bytes, at + 1, end)
    at = varint.next
    if (tag !== HASH && tag !== NAME) throw corrupt(`unexpected link tag ${tag}`)
    if (at + value > end) throw corrupt('link field runs past the end')
    // A row starts with the name; the CID follows at its third place.
    const slot = tag === HASH ? row + 2 : row
    rows[slot] = at
    rows[slot + 1] = value
    if (tag === HASH) hasHash = checkCid(bytes, at, value)
    at += value
  }
  if (!hasHash) throw corrupt(`link ${index} has no hash`)
}

/** Checks that a CID fills its field exactly. @throws CORRUPT_FORMAT. */
function checkCid(bytes: Uint8Array, at: number, length: number): true {
  try {
    if (cidLengthAt(bytes, at, at + length) === length) return true
  } catch (error) {
    throw corrupt('link with a malformed CID', error)
  }
  throw corrupt('link with bytes behind its CID')
}

function linkLength(link: PbLink): number {
  const { cid, name, tsize } = link
  return (
    1 + varintLength(cid.length) + cid.length +
    1 + varintLength(name.length) + name.length +
    1 + varintLength(tsize)
  ) // prettier-ignore
}

/** Returns the serialized size of a link in bytes, its own tag and length included. */
export function linkFieldLength(link: PbLink): number {
  const inner = linkLength(link)
  return 1 + varintLength(inner) + inner
}

/** Returns the serialized size of a Data field in bytes. */
export const dataFieldLength = (data: Uint8Array): number =>
  1 + varintLength(data.length) + data.length

/** Encodes a node, links before data as every UnixFS writer does, in the order given. */
export function encodePb(links: readonly PbLink[], data: Uint8Array): Uint8Array {
  let size = dataFieldLength(data)
  for (const link of links) size += linkFieldLength(link)
  const bytes = Buffer.allocUnsafeSlow(size)
  let at = 0
  for (const link of links) at = encodeLink(bytes, at, link)
  bytes[at++] = DATA
  at = writeVarint(bytes, at, data.length)
  bytes.set(data, at)
  return bytes
}

function encodeLink(bytes: Uint8Array, at: number, link: PbLink): number {
  bytes[at++] = LINK
  at = writeVarint(bytes, at, linkLength(link))
  bytes[at++] = HASH
  at = writeVarint(bytes, at, link.cid.length)
  bytes.set(link.cid, at)
  at += link.cid.length
  bytes[at++] = NAME
  at = writeVarint(bytes, at, link.name.length)
  bytes.set(link.name, at)
  at += link.name.length
  bytes[at++] = TSIZE
  return writeVarint(bytes, at, link.tsize)
}
