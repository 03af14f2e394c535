/** The body of an answer to a ranged request, held against what was asked for and what it says of itself. */
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3'
import { KitError } from '../../src/core/errors.js'
import type { ByteRange } from '../facets/named-files.js'

/** The bytes of a body that are given: so many are passed over, so many follow. */
interface Part {
  readonly skip: number
  /** Undefined where the answer does not say it. */
  readonly take: number | undefined
}

/**
 * Gives the bytes of a range, whether the server cut it or sent the whole object.
 * @throws INTEGRITY for another range than was asked for, and for a body that is cut short.
 */
export async function* rangedBody(
  answer: GetObjectCommandOutput,
  range: ByteRange,
  name: string
): AsyncIterable<Uint8Array> {
  const { skip, take } = partOf(answer, range, name)
  let from = skip
  let left = take ?? Number.POSITIVE_INFINITY
  for await (const piece of answer.Body as AsyncIterable<Uint8Array>) {
    const part = piece.subarray(Math.min(from, piece.length))
    from -= piece.length - part.length
    const given = part.length > left ? part.subarray(0, left) : part
    left -= given.length
    if (given.length > 0) yield given
    if (left === 0) return
  }
  if (left > 0 && left !== Number.POSITIVE_INFINITY)
    throw new KitError('INTEGRITY', `${name} is cut short: ${left} bytes of the range are missing`)
}

function partOf(
  answer: GetObjectCommandOutput,
  { position, length }: ByteRange,
  name: string
): Part {
  const { ContentRange: said, ContentLength: size } = answer
  if (answer.$metadata.httpStatusCode !== 206) {
    // A server that knows no ranges sends all of it.
    const all = size === undefined ? undefined : Math.max(0, size - position)
    return { skip: position, take: all === undefined ? length : Math.min(length ?? all, all) }
  }
  const [, first, last, whole] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(said ?? '') ?? []
  const end = Number(last) + 1
  const wanted = Math.min(
    position + (length ?? Number.POSITIVE_INFINITY),
    whole === undefined || whole === '*' ? end : Number(whole)
  )
  if (Number(first) === position && end === wanted) return { skip: 0, take: end - position }
  throw new KitError(
    'INTEGRITY',
    `${name}: asked for bytes from ${position}, the server sends ${said ?? 'a range that it does not name'}`
  )
}
