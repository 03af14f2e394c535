/**
 * Collects the links of a CBOR block in one pass, in constant memory at any depth. It accepts more
 * than a decoder, because gc and archives must not lose the links of a block that is not canonical
 * dag-cbor.
 * Source: RFC 8949; links are tag 42: https://ipld.io/specs/codecs/dag-cbor/spec/#links
 */
import { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'

const BYTES = 2
const TEXT = 3
const TAG = 6
const SIMPLE = 7
const LINK = 42
/** Additional information 24 to 27: the argument follows in 1, 2, 4 or 8 bytes. */
const FIRST_LONG = 24
const INDEFINITE = 31

const malformed = (at: number): KitError =>
  new KitError('CORRUPT_FORMAT', `malformed dag-cbor block at byte ${at}`)

/**
 * Returns the links of a block.
 * @throws CORRUPT_FORMAT for a malformed or truncated item, INVALID_CID for a link that is no CID.
 */
export function cborLinks(block: Uint8Array): Cid[] {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength)
  const links: Cid[] = []
  // Arrays, maps and tags need no stack: their content follows as further items, so only byte and
  // text strings have a length to skip.
  let isLink = false
  for (let at = 0; at < block.length;) {
    const start = at
    const major = block[at]! >>> 5
    const info = block[at++]! & 31
    if (info > 27 && (info !== INDEFINITE || major < BYTES || major === TAG)) throw malformed(start)
    const width = info < FIRST_LONG || info === INDEFINITE ? 0 : 1 << (info - FIRST_LONG)
    if (at + width > block.length) throw malformed(start)
    const argument = width === 0 ? info : readArgument(view, at, width)
    at += width
    if (isLink && (major !== BYTES || info === INDEFINITE)) throw malformed(start)
    if ((major === BYTES || major === TEXT) && info !== INDEFINITE) {
      if (argument > block.length - at) throw malformed(start)
      if (isLink) links.push(linkIn(block, at, argument))
      at += argument
    }
    isLink = major === TAG && argument === LINK && major < SIMPLE
  }
  return links
}

function readArgument(view: DataView, at: number, width: number): number {
  if (width === 1) return view.getUint8(at)
  if (width === 2) return view.getUint16(at)
  if (width === 4) return view.getUint32(at)
  return Number(view.getBigUint64(at))
}

/** Decodes the bytes of a link, which begin with the multibase prefix 0x00 for binary. */
function linkIn(block: Uint8Array, at: number, length: number): Cid {
  if (length === 0 || block[at] !== 0) throw malformed(at)
  return Cid.decode(block.slice(at + 1, at + length))
}
