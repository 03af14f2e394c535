/**
 * Content whose length and hash must be known before it is sent. What is small is kept meanwhile;
 * else it is gone through twice.
 */
import { createHash } from 'node:crypto'
import { KitError } from '../../src/core/errors.js'
import type { CallOptions } from '../facets/call.js'
import type { FileContent } from '../facets/named-files.js'

/** Bytes that are kept instead of being asked for again. */
const MAX_KEPT = 4 << 20

export interface MeasuredContent {
  /** In bytes. */
  readonly size: number
  /** In lower-case hex. */
  readonly sha256: string
  /** The beginning, of up to 512 bytes. */
  readonly sample: Uint8Array
  /** The content again. @throws INTEGRITY where it has become another one. */
  readonly pieces: FileContent
}

const SAMPLE = 512

/** @throws what the content throws, and the signal's reason. */
export async function measureContent(
  content: FileContent,
  { signal }: CallOptions
): Promise<MeasuredContent> {
  const hash = createHash('sha256')
  let kept: Uint8Array[] | undefined = []
  let sample: Uint8Array = new Uint8Array(0)
  let size = 0
  for await (const piece of content()) {
    if (signal.aborted) throw signal.reason
    hash.update(piece)
    size += piece.length
    if (sample.length < SAMPLE) sample = Buffer.concat([sample, piece.subarray(0, SAMPLE - sample.length)]) // prettier-ignore
    if (size > MAX_KEPT) kept = undefined
    // The memory of a piece is its giver's.
    kept?.push(new Uint8Array(piece))
  }
  if (signal.aborted) throw signal.reason
  const sha256 = hash.digest('hex')
  const all = kept
  const pieces = all === undefined ? () => sameAgain(content, size, sha256) : () => all
  return { size, sha256, sample, pieces }
}

async function* sameAgain(
  content: FileContent,
  size: number,
  sha256: string
): AsyncIterable<Uint8Array> {
  const hash = createHash('sha256')
  let length = 0
  for await (const piece of content()) {
    hash.update(piece)
    length += piece.length
    if (length > size) break
    // The last piece goes out only when all of it is known to be the same.
    if (length === size && hash.copy().digest('hex') !== sha256) break
    yield piece
    if (length === size) return
  }
  if (length !== size || size === 0 || hash.digest('hex') !== sha256)
    throw new KitError('INTEGRITY', 'the content changed while it was sent; try again')
}
