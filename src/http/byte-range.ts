/** The ranges of a request of HTTP (RFC 9110, 14). */

/** Bytes of a file, from `start` to before `end`. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/**
 * Returns the range that a header asks for; undefined for the whole, as for what is no range of
 * bytes or several, which may be ignored; `unsatisfiable` where it begins behind the end.
 */
export function byteRange(
  header: string | undefined,
  size: number
): ByteRange | 'unsatisfiable' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? []
  if (first === '' && last === '') return undefined
  if (first === '') {
    const count = Number(last)
    return count === 0 || size === 0
      ? 'unsatisfiable'
      : { start: Math.max(0, size - count), end: size }
  }
  const start = Number(first)
  const end = last === '' ? size : Math.min(size, Number(last) + 1)
  if (last !== '' && Number(last) < start) return undefined
  return start >= size ? 'unsatisfiable' : { start, end }
}
