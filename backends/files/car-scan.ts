/**
 * Finds the sections of a CAR file by ranged reads of their heads.
 * Source: https://ipld.io/specs/transport/car/
 */
import type { Cid } from '../../src/core/cid.js'
import { parseCarHeader, type CarHeader } from '../../src/formats/car-header.js'
import {
  corruptCar,
  MAX_CID,
  MAX_VARINT,
  readSectionCid,
  readSectionLength
} from '../../src/formats/car-section.js'
import type { FileWindow } from './file-window.js'

/**
 * Tells `found` of each section: its CID, which lies in memory that is used again, and its offset in
 * the file. What stands before a damaged section is told before this throws.
 * @throws CORRUPT_FORMAT naming the offset, and what reading throws.
 */
export async function scanCar(
  window: FileWindow,
  { sectionsStart, dataEnd }: Pick<CarHeader, 'sectionsStart' | 'dataEnd'>,
  found: (cid: Cid, offset: number) => void
): Promise<void> {
  for (let at = sectionsStart; at < dataEnd;) {
    const prefix = await window.bytes(at, Math.min(MAX_VARINT, dataEnd - at))
    const { length, start } = readSectionLength(prefix, at, dataEnd)
    // Zero bytes pad some files to a boundary.
    if (length === 0) return
    const head = await window.bytes(start, Math.min(length, MAX_CID))
    if (head.length === 0) throw corruptCar('a section that is cut short', at)
    found(readSectionCid(head, at), at)
    at = start + length
  }
}

/** @throws CORRUPT_FORMAT, and what reading throws. */
export async function readCarHeader(window: FileWindow, size: number): Promise<CarHeader> {
  const header = parseCarHeader(size)
  let step = header.next()
  while (step.done !== true) {
    const { offset, length } = step.value
    step = header.next(await window.bytes(offset, length))
  }
  return step.value
}
