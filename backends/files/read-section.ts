/** Reads a block out of an archive by one ranged read of its section. */
import { equalBytes } from '../../src/core/bytes.js'
import type { Cid } from '../../src/core/cid.js'
import { KitError } from '../../src/core/errors.js'
import {
  MAX_SECTION,
  MAX_VARINT,
  readSectionCid,
  readSectionLength
} from '../../src/formats/car-section.js'
import type { CallOptions } from '../facets/call.js'
import type { FileReader } from '../facets/named-files.js'
import { verifyAhead } from '../hashed-blocks.js'
import type { SectionPlace } from './archive-index.js'
import { readRange } from './read-range.js'

/** Longest section with its length. */
const MAX_RANGE = MAX_SECTION + MAX_VARINT

/**
 * Gives the verified block of a section.
 * @throws CORRUPT_FORMAT where no section of that block lies there; INTEGRITY where its bytes are
 *   damaged; what reading throws.
 */
export async function readSection(
  files: FileReader,
  name: string,
  cid: Cid,
  { position, end }: SectionPlace,
  options: CallOptions
): Promise<Uint8Array> {
  const length = Math.min(end - position, MAX_RANGE)
  const bytes = await readRange(files, name, { position, length }, length, options)
  const section = readSectionLength(bytes.subarray(0, MAX_VARINT), position, position + bytes.length) // prettier-ignore
  const start = section.start - position
  const body = bytes.subarray(start, start + section.length)
  const found = readSectionCid(body, position)
  if (!equalBytes(found.multihash, cid.multihash))
    throw new KitError('CORRUPT_FORMAT', `${name} holds ${found} at offset ${position}, not ${cid}`)
  const block = body.subarray(found.bytes.length)
  verifyAhead(cid, block)
  return block
}
