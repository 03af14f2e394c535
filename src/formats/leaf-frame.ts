/**
 * The dag-pb frame around a leaf's bytes (profile unixfs-v0-2015). The store keeps only the
 * payload, inside a contiguous file, and rebuilds the frame when the block is read.
 */
import { equalBytes } from '../core/bytes.js'
import { varintLength, writeVarint } from '../core/varint.js'

/** Encodes PBNode{Data: UnixFS{Type: File, Data: payload, filesize}} around a payload. */
function frameHead(length: number): { head: Uint8Array; tail: Uint8Array } {
  const tail = new Uint8Array(1 + varintLength(length))
  tail[0] = 0x18
  writeVarint(tail, 1, length)
  const inner = 2 + 1 + varintLength(length) + length + tail.length
  const head = new Uint8Array(1 + varintLength(inner) + 2 + 1 + varintLength(length))
  head[0] = 0x0a
  let at = writeVarint(head, 1, inner)
  head[at++] = 0x08
  head[at++] = 0x02
  head[at++] = 0x12
  writeVarint(head, at, length)
  return { head, tail }
}

const heads = new Map<number, { head: Uint8Array; tail: Uint8Array }>()

/** Returns the frame of a payload length, cached because most leaves of a file are equally long. */
function frameOf(length: number): { head: Uint8Array; tail: Uint8Array } {
  let frame = heads.get(length)
  if (frame === undefined) {
    frame = frameHead(length)
    if (heads.size > 64) heads.clear()
    heads.set(length, frame)
  }
  return frame
}

/** Returns the length in bytes of a payload's framed block. */
export function framedLength(length: number): number {
  const { head, tail } = frameOf(length)
  return head.length + length + tail.length
}

/** Returns the block of a payload of at least one byte. */
export function framePayload(payload: Uint8Array): Uint8Array {
  const { head, tail } = frameOf(payload.length)
  return Buffer.concat([head, payload, tail])
}

/** Returns a framed block whose payload the caller fills in place. */
export function emptyFrame(length: number): { readonly block: Buffer; readonly payload: Buffer } {
  const { head, tail } = frameOf(length)
  const block = Buffer.allocUnsafeSlow(head.length + length + tail.length)
  block.set(head, 0)
  block.set(tail, head.length + length)
  return { block, payload: block.subarray(head.length, head.length + length) }
}

/** Returns whether a block is exactly the frame around a payload that lies in it. */
export function isFrameOf(block: Uint8Array, payload: Uint8Array): boolean {
  const { head, tail } = frameOf(payload.length)
  const at = payload.byteOffset - block.byteOffset
  return (
    at === head.length &&
    block.length === head.length + payload.length + tail.length &&
    equalBytes(block.subarray(0, head.length), head) &&
    equalBytes(block.subarray(head.length + payload.length), tail)
  )
}
