/**
 * Index records: 88 bytes that say where a block lies and what it is, so that a listing
 * or a stat never opens the block itself. Layout in FORMAT.md.
 */
import type { BlockRecord, Kind } from './ports.js'

export const KEY_BYTES = 32
export const RECORD_BYTES = 88

const FLAG_IN_FILE = 1
const FLAG_FRAMED = 2
const FLAG_MODE = 4
const FLAG_MTIME = 8

const LOW = 0x1_0000_0000

/** Write the record of `key` at `at`. */
export function encodeRecord(
  target: Uint8Array,
  view: DataView,
  at: number,
  key: Uint8Array,
  record: BlockRecord
): void {
  target.set(key, at)
  put53(view, at + 32, record.source)
  put53(view, at + 40, record.offset)
  view.setUint32(at + 48, record.length, true)
  target[at + 52] = record.kind
  target[at + 53] =
    (record.inFile ? FLAG_IN_FILE : 0) |
    (record.framed ? FLAG_FRAMED : 0) |
    (record.mode === undefined ? 0 : FLAG_MODE) |
    (record.mtimeSec === undefined ? 0 : FLAG_MTIME)
  view.setUint16(at + 54, record.mode ?? 0, true)
  put53(view, at + 56, record.size)
  put53(view, at + 64, record.whole)
  view.setFloat64(at + 72, record.mtimeSec ?? 0, true)
  view.setUint32(at + 80, record.mtimeNsec, true)
  view.setUint16(at + 84, record.codec, true)
  view.setUint16(at + 86, record.hashCode, true)
}

export function decodeRecord(view: DataView, at: number): BlockRecord {
  const flags = view.getUint8(at + 53)
  return {
    source: get53(view, at + 32),
    inFile: (flags & FLAG_IN_FILE) !== 0,
    framed: (flags & FLAG_FRAMED) !== 0,
    offset: get53(view, at + 40),
    length: view.getUint32(at + 48, true),
    kind: view.getUint8(at + 52) as Kind,
    size: get53(view, at + 56),
    whole: get53(view, at + 64),
    mode: (flags & FLAG_MODE) === 0 ? undefined : view.getUint16(at + 54, true),
    mtimeSec: (flags & FLAG_MTIME) === 0 ? undefined : view.getFloat64(at + 72, true),
    mtimeNsec: view.getUint32(at + 80, true),
    codec: view.getUint16(at + 84, true),
    hashCode: view.getUint16(at + 86, true)
  }
}

const put53 = (view: DataView, at: number, value: number): void => {
  view.setUint32(at, value % LOW, true)
  view.setUint32(at + 4, Math.floor(value / LOW), true)
}

const get53 = (view: DataView, at: number): number =>
  view.getUint32(at, true) + view.getUint32(at + 4, true) * LOW
