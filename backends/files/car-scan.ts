/**
 * Finds the places of the blocks in a CAR file, by ranged reads of the heads of its sections.
 * Source: https://ipld.io/specs/transport/car/
 */
import { bufferOf } from '../../src/core/bytes.js'
import type { Cid } from '../../src/core/cid.js'
import { parseCarHeader, type CarHeader } from '../../src/formats/car-header.js'
import {
  corruptCar,
  MAX_CID,
  MAX_VARINT,
  readSectionCid,
  readSectionLength
} from '../../src/formats/car-section.js'
import type { CallOptions } from '../facets/call.js'
import type { FileEntry, FileReader } from '../facets/named-files.js'
import { FileWindow } from './file-window.js'

/** The place of a block in a file. */
export interface BlockPlace {
  readonly position: number
  readonly length: number
}

/** Places by multihash: CIDs that share one share a block. */
export type BlockPlaces = Map<string, BlockPlace>

export const placeKey = (cid: Cid): string => bufferOf(cid.multihash).toString('latin1')

/**
 * Adds the place of every block to `places`. What stands before a damaged section is added before
 * this throws.
 * @throws CORRUPT_FORMAT naming the offset, and what reading throws.
 */
export async function scanCar(
  files: FileReader,
  { name, size }: FileEntry,
  places: BlockPlaces,
  options: CallOptions
): Promise<void> {
  const window = new FileWindow(files, name, options)
  const { sectionsStart, dataEnd } = await readHeader(window, size)
  for (let at = sectionsStart; at < dataEnd;) {
    const prefix = await window.bytes(at, Math.min(MAX_VARINT, dataEnd - at))
    const { length, start } = readSectionLength(prefix, at, dataEnd)
    // Zero bytes pad some files to a boundary.
    if (length === 0) return
    const head = await window.bytes(start, Math.min(length, MAX_CID))
    if (head.length === 0) throw corruptCar('a section that is cut short', at)
    const cid = readSectionCid(head, at)
    const cidLength = cid.bytes.length
    places.set(placeKey(cid), { position: start + cidLength, length: length - cidLength })
    at = start + length
  }
}

async function readHeader(window: FileWindow, size: number): Promise<CarHeader> {
  const header = parseCarHeader(size)
  let step = header.next()
  while (step.done !== true) {
    const { offset, length } = step.value
    step = header.next(await window.bytes(offset, length))
  }
  return step.value
}
