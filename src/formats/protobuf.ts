/**
 * Skipping what a message has besides the fields that are known, as protobuf requires.
 * Source: https://protobuf.dev/programming-guides/encoding/
 */
import { KitError } from '../core/errors.js'
import { readVarint, varint } from '../core/varint.js'

const VARINT = 0
const FIXED64 = 1
const BYTES = 2
const GROUP = 3
const GROUP_END = 4
const FIXED32 = 5

/** Deepest nesting of groups, as other decoders limit it. */
const MAX_GROUPS = 100
const MAX_VARINT = 10

const corrupt = (reason: string): KitError =>
  new KitError('CORRUPT_FORMAT', `malformed protobuf message: ${reason}`)

/**
 * Returns the offset behind a field.
 * @param at offset behind its tag.
 * @throws CORRUPT_FORMAT for one that runs past the end, or is of no wire type.
 */
export function skipField(bytes: Uint8Array, at: number, tag: number, depth = 0): number {
  const end = endOf(bytes, at, tag, depth)
  if (end > bytes.length) throw corrupt('a field runs past the end')
  return end
}

function endOf(bytes: Uint8Array, at: number, tag: number, depth: number): number {
  const wire = tag % 8
  if (tag < 8) throw corrupt('field 0')
  if (wire === VARINT) return skipVarint(bytes, at)
  if (wire === FIXED64) return at + 8
  if (wire === FIXED32) return at + 4
  if (wire === BYTES) return readVarint(bytes, at) + varint.next
  if (wire === GROUP && depth < MAX_GROUPS) return skipGroup(bytes, at, tag, depth)
  throw corrupt(`wire type ${wire}`)
}

/** A varint that nobody reads may be any number of 64 bits. */
function skipVarint(bytes: Uint8Array, at: number): number {
  for (let end = at; end < at + MAX_VARINT && end < bytes.length; end++)
    if (bytes[end]! < 0x80) return end + 1
  throw corrupt('a number without end')
}

function skipGroup(bytes: Uint8Array, at: number, tag: number, depth: number): number {
  for (let next = at; next < bytes.length;) {
    const inner = readVarint(bytes, next)
    next = varint.next
    if (inner === tag - GROUP + GROUP_END) return next
    next = skipField(bytes, next, inner, depth + 1)
  }
  throw corrupt('a group without end')
}
