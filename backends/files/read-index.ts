/** Reads the index of a CAR file: the one inside it, by range, or one that a scan of it makes. */
import { toKitError, isKitError, KitError } from '../../src/core/errors.js'
import type { CarHeader } from '../../src/formats/car-header.js'
import { CarIndexWriter } from '../../src/formats/car-index-writer.js'
import type { CallOptions } from '../facets/call.js'
import type { FileEntry, FileReader } from '../facets/named-files.js'
import { ArchiveIndex } from './archive-index.js'
import { readCarHeader, scanCar } from './car-scan.js'
import { FileWindow, LARGE_WINDOW } from './file-window.js'
import { readRange } from './read-range.js'

/** Bytes of most headers, one root and what precedes it. */
const SMALL_WINDOW = 512
/** A file of this size is read whole: header, index and blocks cost one request. */
const SMALL_FILE = 64 * 1024
/** Largest index that is read, some 1,600,000 blocks; of a larger archive the heads are read. */
export const MAX_INDEX = 64 << 20

export interface ReadIndex {
  readonly index: ArchiveIndex
  /** The reason why the rest of the archive cannot be read: sections before it can. */
  readonly problem: KitError | undefined
}

/** @param warn is told of an index that is wrong, and ignored. */
export type WarnOfIndex = (reason: string) => void

/**
 * Reads the index inside a CARv2 that has one, and scans any other archive.
 * @throws CORRUPT_FORMAT for a file that is no CAR, and what reading throws.
 */
export async function readIndex(
  files: FileReader,
  { name, size }: FileEntry,
  warn: WarnOfIndex,
  options: CallOptions
): Promise<ReadIndex> {
  const small = size <= SMALL_FILE ? size : SMALL_WINDOW
  const header = await readCarHeader(new FileWindow(files, name, small, options), size)
  const { indexStart } = header
  if (indexStart !== undefined)
    try {
      const length = size - indexStart
      if (length > MAX_INDEX) throw new KitError('TOO_LARGE', `its index has ${length} bytes`)
      const bytes = await readRange(files, name, { position: indexStart, length }, length, options)
      return { index: new ArchiveIndex(header, bytes, false), problem: undefined }
    } catch (error) {
      if (!isWrong(error)) throw error
      warn(error.message)
    }
  return await scannedIndex(files, name, header, options)
}

const isWrong = (error: unknown): error is KitError =>
  (['CORRUPT_FORMAT', 'TOO_LARGE', 'UNSUPPORTED'] as const).some((code) => isKitError(error, code))

/** Makes the index of an archive from the heads of its sections, those before a damaged one. */
export async function scannedIndex(
  files: FileReader,
  name: string,
  header: Pick<CarHeader, 'dataStart' | 'sectionsStart' | 'dataEnd'>,
  options: CallOptions
): Promise<ReadIndex> {
  const window = new FileWindow(files, name, LARGE_WINDOW, options)
  const writer = new CarIndexWriter()
  let problem: KitError | undefined
  try {
    await scanCar(window, header, (cid, offset) => writer.add(cid, offset - header.dataStart))
  } catch (error) {
    if (!isKitError(error, 'CORRUPT_FORMAT')) throw error
    problem = toKitError(error)
  }
  return { index: new ArchiveIndex(header, writer.encode(), true), problem }
}
