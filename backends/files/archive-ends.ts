/**
 * The two ends of an archive, read at once: its header, its first blocks and, where that is short, its
 * index. They save the round trips that one after the other would cost.
 */
import type { CallOptions } from '../facets/call.js'
import type { ByteRange, FileEntry, FileReader } from '../facets/named-files.js'
import { readRange } from './read-range.js'

/** Bytes of each end: an index of 300 blocks. More would cost a slow line more than a round trip. */
const END = 12 * 1024
/** Smaller archives are read whole, or nearly. */
export const MIN_SIZE_FOR_ENDS = 64 * 1024 + 1

interface Part {
  readonly position: number
  readonly bytes: Uint8Array
}

/** Reads as the files do, what lies in one of the ends of its archive from memory. */
export class ArchiveEnds implements FileReader {
  readonly #files: FileReader
  readonly #name: string
  readonly #ends: readonly Part[]

  private constructor(files: FileReader, name: string, ends: readonly Part[]) {
    this.#files = files
    this.#name = name
    this.#ends = ends
  }

  static async read(
    files: FileReader,
    { name, size }: FileEntry,
    options: CallOptions
  ): Promise<ArchiveEnds> {
    const read = [0, size - END].map(async (position) => ({
      position,
      bytes: await readRange(files, name, { position, length: END }, END, options)
    }))
    return new ArchiveEnds(files, name, await Promise.all(read))
  }

  async *get(name: string, range: ByteRange, options: CallOptions): AsyncIterable<Uint8Array> {
    const part = name === this.#name ? this.#partOf(range) : undefined
    if (part === undefined) yield* this.#files.get(name, range, options)
    else yield part
  }

  /** Returns a range in memory of its own; undefined where an end does not hold all of it. */
  #partOf({ position, length = Number.POSITIVE_INFINITY }: ByteRange): Uint8Array | undefined {
    for (const { position: begin, bytes } of this.#ends) {
      const from = position - begin
      if (from >= 0 && from + length <= bytes.length)
        return Uint8Array.from(bytes.subarray(from, from + length))
    }
    return undefined
  }

  list(folder: string, suffix: string, options: CallOptions): AsyncIterable<FileEntry> {
    return this.#files.list(folder, suffix, options)
  }

  stat(name: string, options: CallOptions): Promise<FileEntry | undefined> {
    return this.#files.stat(name, options)
  }
}
