/**
 * Parts of a mapped file, each viewed when it is first needed. A view of gigabytes counts as memory in
 * use, for which the engine collects garbage whenever one is made.
 */
import type { MappedFile } from './native.js'

const SIZE = 4 << 20
/** Bytes behind a window that it has, too, so that a row seldom ends behind it. */
const SPARE = 64 << 10

export interface Window {
  /** Its place in the file. */
  readonly start: number
  readonly bytes: Uint8Array
}

export class Windows {
  readonly #map: MappedFile
  readonly #made = new Map<number, Window>()

  constructor(map: MappedFile) {
    this.#map = map
  }

  /** Returns a window that has the bytes between two places. @throws RangeError for such as are not in the file. */
  holding(from: number, to: number): Window {
    if (!(from >= 0 && from <= to && to <= this.#map.size))
      throw new RangeError(`${from} to ${to} is not in a file of ${this.#map.size} bytes`)
    const start = Math.floor(from / SIZE) * SIZE
    const known = this.#made.get(start)
    if (known !== undefined && to <= start + known.bytes.length) return known
    const length = Math.min(SIZE + SPARE, this.#map.size - start)
    if (to > start + length) return { start: from, bytes: this.#map.view(from, to - from) }
    const made = { start, bytes: this.#map.view(start, length) }
    this.#made.set(start, made)
    return made
  }
}
