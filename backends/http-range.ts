/**
 * The bytes of a range of a file, of an answer that may be of another range, of the whole file, or
 * without end.
 * Source: RFC 9110, 14 and 15.5.17
 */
import { KitError } from '../src/core/errors.js'
import type { ByteRange } from './facets/named-files.js'
import type { HttpAnswer, HttpClient } from './http.js'

/** The headers that ask for a range of at least one byte. */
export function rangeHeaders({ position, length }: ByteRange): Readonly<Record<string, string>> {
  if (position === 0 && length === undefined) return {}
  return { range: `bytes=${position}-${length === undefined ? '' : position + length - 1}` }
}

/** Whether `rangeOf` understands an answer. */
export const isRange = ({ status }: HttpAnswer): boolean =>
  status === 200 || status === 206 || status === 416

/**
 * Gives the bytes that were asked for. A server that ignores ranges sends the file from its
 * beginning, which is passed over.
 * @throws BACKEND_UNAVAILABLE for another range than was asked for, and for an answer cut short.
 */
export async function* rangeOf(
  http: HttpClient,
  answer: HttpAnswer,
  range: ByteRange,
  signal: AbortSignal
): AsyncIterable<Uint8Array> {
  const found = answer.status === 416 ? { skip: 0, take: 0 } : placeOf(answer, range, http.where)
  if (found.take === 0) {
    answer.body.destroy()
    return
  }
  let { skip } = found
  let left = found.take ?? Number.POSITIVE_INFINITY
  for await (const piece of http.stream(answer, signal)) {
    const part = piece.subarray(skip, skip + left)
    skip = Math.max(0, skip - piece.length)
    left -= part.length
    if (part.length > 0) yield part
    if (left === 0) return
  }
  // Of a whole file nobody said how much there is behind the position.
  if (answer.status === 206 && Number.isFinite(left)) throw wrong(http.where, 'the range is cut short') // prettier-ignore
}

interface Place {
  /** Bytes of the body before the range. */
  readonly skip: number
  /** Bytes of the range; all that come where it is undefined. */
  readonly take: number | undefined
}

const CONTENT_RANGE = /^bytes (\d+)-(-?\d+)\/(\d+|\*)$/

function placeOf({ status, headers }: HttpAnswer, range: ByteRange, where: string): Place {
  const { position, length } = range
  if (status === 200) return { skip: position, take: length }
  const [, first, last, size] = CONTENT_RANGE.exec(headers['content-range'] ?? '') ?? []
  if (first === undefined || Number(first) !== position)
    throw wrong(where, 'another range than was asked for')
  const end = Number(last) + 1
  // rclone says so of a range that begins at the end, or behind it.
  if (end <= position) return { skip: 0, take: 0 }
  const total = size === '*' ? end : Number(size)
  const wanted = Math.min(total, length === undefined ? total : position + length)
  if (end !== wanted) throw wrong(where, 'another range than was asked for')
  return { skip: 0, take: end - position }
}

const wrong = (where: string, what: string): KitError =>
  new KitError('BACKEND_UNAVAILABLE', `${where}: ${what}`)
