/**
 * The headers of CARs of both versions. `parseCarHeader` asks for the bytes that it needs and reads
 * nothing itself, so that files and servers share one reader.
 * Source: https://ipld.io/specs/transport/car/carv2/
 */
import * as dagCbor from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import { copyOf } from '../core/bytes.js'
import { Cid } from '../core/cid.js'
import { corruptCar, MAX_VARINT, readLength, type LengthPrefix } from './car-section.js'

/** Longest header in bytes, some 800,000 roots, as go-car limits it. */
const MAX_HEADER = 32 << 20
/** Bytes of the fixed header of version 2, behind its pragma. */
const V2_HEADER = 40

export interface CarHeader {
  readonly version: 1 | 2
  readonly roots: readonly Cid[]
  /** The offsets in the file where the CARv1 payload begins and ends. */
  readonly dataStart: number
  readonly dataEnd: number
  /** The offset of the first section. */
  readonly sectionsStart: number
  /** The offset of a CARv2 index; undefined where there is none. */
  readonly indexStart: number | undefined
  readonly fileSize: number
}

/** A needed part of the archive: `length` bytes from `offset` on, fewer at its end. */
export interface NeededBytes {
  readonly offset: number
  readonly length: number
}

/**
 * Reads the header of an archive of `fileSize` bytes. It yields what it needs and is given those
 * bytes, until it returns.
 * @throws CORRUPT_FORMAT when the file is no CAR or its header is damaged.
 */
export function* parseCarHeader(fileSize: number): Generator<NeededBytes, CarHeader, Uint8Array> {
  if (fileSize === 0) throw corruptCar('the file is empty', 0)
  const first = yield* versionAndRoots(0, fileSize)
  if (first.version === 1) {
    const { roots, end: sectionsStart } = first
    return { version: 1, roots, dataStart: 0, dataEnd: fileSize, sectionsStart, indexStart: undefined, fileSize } // prettier-ignore
  }
  const bytes = yield { offset: first.end, length: V2_HEADER }
  const place = placeOfPayload(bytes, first.end, fileSize)
  const inner = yield* versionAndRoots(place.dataStart, place.dataEnd)
  if (inner.version !== 1) throw corruptCar('the payload is no CARv1', place.dataStart)
  return { version: 2, roots: inner.roots, ...place, sectionsStart: inner.end, fileSize }
}

interface DecodedHeader {
  readonly version: 1 | 2
  readonly roots: readonly Cid[]
}

function* versionAndRoots(
  offset: number,
  end: number
): Generator<NeededBytes, DecodedHeader & { readonly end: number }, Uint8Array> {
  const prefix = yield { offset, length: Math.min(MAX_VARINT, end - offset) }
  const { start, length } = readHeaderLength(prefix, offset, end)
  const bytes = yield { offset: start, length }
  return { ...decodeHeader(bytes, offset), end: start + length }
}

/** Reads the length of a header that lies at `offset`. @throws CORRUPT_FORMAT. */
export function readHeaderLength(bytes: Uint8Array, offset: number, end: number): LengthPrefix {
  const prefix = readLength(bytes, offset, 'header length')
  const { length, start } = prefix
  if (length === 0 || length > MAX_HEADER || start + length > end)
    throw corruptCar(`a header of ${length} bytes`, offset)
  return prefix
}

/** Decodes the dag-cbor of a header. Version 2 has its roots elsewhere. @throws CORRUPT_FORMAT. */
export function decodeHeader(bytes: Uint8Array, offset: number): DecodedHeader {
  const { version, roots } = decodeCbor(bytes, offset)
  if (version === 2) return { version, roots: [] }
  if (version !== 1 || !Array.isArray(roots)) throw corruptCar('an unknown header', offset)
  const cids = roots.map((root: unknown) => {
    const cid = CID.asCID(root)
    if (cid === null) throw corruptCar('a root that is no CID', offset)
    return Cid.decode(copyOf(cid.bytes))
  })
  return { version, roots: cids }
}

function decodeCbor(
  bytes: Uint8Array,
  offset: number
): { readonly version?: unknown; readonly roots?: unknown } {
  try {
    return dagCbor.decode<{ version?: unknown; roots?: unknown } | null>(bytes) ?? {}
  } catch (error) {
    throw corruptCar('an unreadable header', offset, error)
  }
}

type PayloadPlace = Pick<CarHeader, 'dataStart' | 'dataEnd' | 'indexStart'>

/** @param at where the fixed header of version 2 lies. */
function placeOfPayload(bytes: Uint8Array, at: number, fileSize: number): PayloadPlace {
  if (bytes.length < V2_HEADER) throw corruptCar('the CARv2 header is cut short', at)
  const view = new DataView(bytes.buffer, bytes.byteOffset, V2_HEADER)
  const word = (offset: number): number => Number(view.getBigUint64(offset, true))
  const dataStart = word(16)
  const dataEnd = dataStart + word(24)
  const indexStart = word(32)
  if (dataStart < at + V2_HEADER || dataEnd > fileSize)
    throw corruptCar(`the payload is said to lie at ${dataStart}–${dataEnd}, outside the file,`, at)
  if (indexStart !== 0 && (indexStart < dataEnd || indexStart >= fileSize))
    throw corruptCar(`the index is said to begin at ${indexStart}, outside its place,`, at)
  return { dataStart, dataEnd, indexStart: indexStart === 0 ? undefined : indexStart }
}
