/** The check of an archive as it comes from a backend: every hash, and every link below its root. */
import type { Cid } from '../core/cid.js'
import { verifyBlock } from '../core/cid.js'
import { ExactReader } from '../core/exact-reader.js'
import { isKitError, KitError } from '../core/errors.js'
import { KeySet } from '../core/key-set.js'
import { CarSections } from '../formats/car-stream.js'
import { linksToStored } from '../formats/links.js'

/** Bytes of the pragma that a CARv2 begins with, and of its header after that. */
const PRAGMA = Buffer.from('0aa16776657273696f6e02', 'hex')
const V2_HEADER = 40
/** Offsets in the header of where the CARv1 begins, and of its length. */
const DATA_OFFSET = 16
const DATA_SIZE = 24

/**
 * Reads a whole archive and checks it, with 32 bytes of memory for each block and link.
 * @returns the number of its blocks.
 * @throws INTEGRITY for a block that is not what its CID says, CORRUPT_FORMAT for a damaged archive,
 * or one that lacks the root, or a block below it; what the stream throws.
 */
export async function checkArchive(root: Cid, bytes: AsyncIterable<Uint8Array>): Promise<number> {
  const source = new Source(bytes)
  try {
    return await checkSections(root, source)
  } catch (error) {
    throw source.hasFailedBy(error) ? error : damageOf(error)
  }
}

async function checkSections(root: Cid, bytes: AsyncIterable<Uint8Array>): Promise<number> {
  const sections = new CarSections(await payloadOf(new ExactReader(bytes)))
  const present = new KeySet()
  const linked = new KeySet()
  if (!root.isIdentity) linked.add(root.key)
  let blocks = 0
  try {
    for (;;) {
      const section = await sections.next()
      if (section === undefined) break
      const block = await sections.take(section)
      verifyBlock(section.cid, block)
      present.add(section.cid.key)
      for (const link of linksToStored(section.cid, block).cids) linked.add(link.key)
      sections.giveBack(block)
      blocks++
    }
  } finally {
    await sections.close()
  }
  if (!root.isIdentity && !present.has(root.key))
    throw new KitError('CORRUPT_FORMAT', `the file holds another archive than that of ${root}, whose own block it lacks`) // prettier-ignore
  for (const key of linked)
    if (!present.has(key))
      throw new KitError('CORRUPT_FORMAT', `the archive of ${root} lacks a block below it`)
  return blocks
}

/** A stream that knows how it failed: that the other side failed says nothing of the archive. */
class Source implements AsyncIterable<Uint8Array> {
  readonly #bytes: AsyncIterable<Uint8Array>
  #failure: { readonly error: unknown } | undefined

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#bytes = bytes
  }

  hasFailedBy(error: unknown): boolean {
    return this.#failure !== undefined && this.#failure.error === error
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const piece of this.#bytes) yield piece
    } catch (error) {
      this.#failure = { error }
      throw error
    }
  }
}

/** What a stream of sections takes for a failing other side is damage here: the stream came whole. */
function damageOf(error: unknown): unknown {
  if (!isKitError(error, 'BACKEND_UNAVAILABLE') && !isKitError(error, 'UNSUPPORTED')) return error
  return new KitError('CORRUPT_FORMAT', error.message, { cause: error })
}

/** Returns the CARv1 that a stream is, or has inside. */
async function payloadOf(bytes: ExactReader): Promise<ExactReader> {
  const head = Buffer.from(await bytes.take(PRAGMA.length))
  if (!head.equals(PRAGMA)) {
    bytes.putBack(head)
    return bytes
  }
  const header = Buffer.from(await bytes.take(V2_HEADER))
  const start = Number(header.readBigUInt64LE(DATA_OFFSET))
  const size = Number(header.readBigUInt64LE(DATA_SIZE))
  const gap = start - PRAGMA.length - V2_HEADER
  if (gap < 0 || gap > MAX_GAP) throw new KitError('CORRUPT_FORMAT', `its data begins at ${start}`)
  await bytes.take(gap)
  return new ExactReader(firstBytes(bytes, size))
}

/** Most bytes that may lie between the header and the data. */
const MAX_GAP = 1 << 20
const PIECE = 1 << 20

async function* firstBytes(bytes: ExactReader, size: number): AsyncGenerator<Uint8Array> {
  try {
    for (let left = size; left > 0;) {
      const piece = Buffer.from(await bytes.take(Math.min(left, PIECE)))
      left -= piece.length
      yield piece
    }
  } finally {
    await bytes.close()
  }
}
