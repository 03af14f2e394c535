/** How files are read: sequential reads widen the window of what is fetched ahead, others close it. */
import type { FileBuild } from '../cache/builds.js'
import type { Cid } from '../core/cid.js'
import type { LeafStream } from './leaf-stream.js'

/** Reads this near to the end of the last one continue it: the kernel sends several at once. */
const MAX_SEQUENTIAL_GAP = 4 << 20
/** Bytes of readahead; they double with each read that continues the last one. */
export const MIN_WINDOW = 2 << 20
const MAX_WINDOW = 16 << 20
/**
 * Bytes in order from which on a reader that has gone to the end of the file first is read ahead of: it has an index there, such as
 * the footer of Parquet, and takes a piece here and there, each of them in order.
 */
const MIN_INDEXED_RUN = 8 << 20
/**
 * Bytes that leaves have on average where it is worth to read ahead of a reader, or to assemble the
 * file: each leaf of less costs more than it brings.
 */
const MIN_MEAN_LEAF = 4096
/** Leaves from which on their average counts. */
const MIN_LEAVES = 16
/** Files whose pattern of reads is remembered. */
const MAX_FILES = 256

/** How one file is read. */
export interface ReadPattern {
  readonly root: Cid
  /** Where the next read is expected, and the bytes that are fetched ahead of it. */
  next: number
  window: number
  /** Bytes that were read in order up to `next`. */
  run: number
  /** Whether the reader went to the end of the file, and not by reading up to it. */
  isIndexed: boolean
  /** Offset up to which bytes are fetched or in flight. */
  ahead: number
  /** Bytes that the leaves of the last range had on average; undefined before the first one. */
  meanLeaf: number | undefined
  build: FileBuild | undefined
  stream: LeafStream | undefined
  /** Whether a stream runs or is being opened, which takes a moment before `stream` is set. */
  isStreaming: boolean
  /** Whether the footer was asked for, or the file is known to be no Parquet file. */
  isFooterHandled: boolean
}

/** The patterns of the files that were read lately. */
export class ReadPatterns {
  readonly #patterns = new Map<string, ReadPattern>()

  /** Returns the pattern of a file, and makes it the most recently used. */
  of(root: Cid): ReadPattern {
    const key = String(root)
    const known = this.#patterns.get(key)
    const pattern = known ?? { root, next: 0, window: 0, run: 0, isIndexed: false, ahead: 0, meanLeaf: undefined, build: undefined, stream: undefined, isStreaming: false, isFooterHandled: false } // prettier-ignore
    // The map's order is the order of use: the first is the longest unused.
    this.#patterns.delete(key)
    if (this.#patterns.size >= MAX_FILES) {
      const [oldest] = this.#patterns.keys()
      this.#patterns.delete(oldest!)
    }
    this.#patterns.set(key, pattern)
    return pattern
  }
}

/**
 * Takes a read into its pattern. @param size of the file. @returns whether it continues the reads before.
 */
export function takeInRead(
  pattern: ReadPattern,
  position: number,
  length: number,
  size: number
): boolean {
  const isFirst = pattern.next === 0
  const isSequential = !isFirst && Math.abs(position - pattern.next) <= MAX_SEQUENTIAL_GAP
  pattern.run = isSequential ? pattern.run + length : length
  if (!isSequential && position > 0 && position + length >= size) pattern.isIndexed = true
  const isPicked = pattern.isIndexed && pattern.run < MIN_INDEXED_RUN
  if (isSequential) pattern.window = isPicked ? 0 : widened(pattern.window)
  else if (!isFirst || position > 0) pattern.window = 0
  pattern.next = isSequential ? Math.max(pattern.next, position + length) : position + length
  if (!isSequential) pattern.ahead = 0
  return isSequential
}

const widened = (window: number): number => Math.min(MAX_WINDOW, Math.max(MIN_WINDOW, window * 2))

/** Takes the leaves of a range into the pattern. The last leaf of a file alone says nothing. */
export function noteLeaves(pattern: ReadPattern, leaves: number, bytes: number): void {
  const mean = bytes / leaves
  if (leaves >= MIN_LEAVES || mean >= MIN_MEAN_LEAF) pattern.meanLeaf = mean
}

/** Returns whether a file is cut finely, which makes each of its leaves cost more than it brings. */
export const isFine = ({ meanLeaf = MIN_MEAN_LEAF }: ReadPattern): boolean =>
  meanLeaf < MIN_MEAN_LEAF
