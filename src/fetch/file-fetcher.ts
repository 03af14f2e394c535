/**
 * Fetches the bytes of files: what a read needs at once, and as much readahead as the pattern of
 * reads justifies. A file that is read from end to end comes as one stream and is assembled in one
 * contiguous file.
 */
import type { Metered } from '../../backends/wrap/metered.js'
import { abortController } from '../core/abort.js'
import type { Cid } from '../core/cid.js'
import { isKitError } from '../core/errors.js'
import type { Log } from '../core/log.js'
import { NotReady } from '../core/not-ready.js'
import type { BlockSource } from '../store/ports.js'
import type { BlockMeta } from '../formats/block-kind.js'
import type { FileBuilds } from '../cache/builds.js'
import type { FetchedMeta } from '../cache/origin.js'
import type { FetchTools } from './fetch-tools.js'
import type { Fetcher } from './fetcher.js'
import { LeafStream } from './leaf-stream.js'
import { FileShape, payloadOf, type Leaf } from './leaves.js'
import { WorkWindow } from '../core/work-window.js'
import { footerStart, isMagic, TRAILER } from './parquet.js'
import {
  isFine,
  MIN_WINDOW,
  noteLeaves,
  ReadPatterns,
  takeInRead,
  type ReadPattern
} from './read-pattern.js'
import { Streams } from './streams.js'

/** How many bytes a stream may be ahead of its reader. */
const MAX_STREAM_AHEAD = 32 << 20
/**
 * A stream costs one slow beginning, so both the window and the rest of the file must be this long.
 */
const MIN_STREAM_BYTES = 8 << 20
/** Leaves of one range in flight at a time. */
const MAX_LEAVES_IN_FLIGHT = 256
export interface FilePorts {
  readonly fetcher: Fetcher
  readonly blocks: BlockSource
  readonly streams: Streams
  /** Assembles contiguous files; undefined where the cache has no disk tier. */
  readonly builds: FileBuilds | undefined
  /** Bytes that may be fetched ahead: more would evict what is not read yet. */
  readonly room: number
  readonly keep: (cid: Cid, block: Uint8Array, meta: FetchedMeta) => void
  readonly describe: (codec: number, block: Uint8Array) => BlockMeta
  /** Reads bytes of a file that are here. @throws NotReady where they are not. */
  readonly read: (root: Cid, position: number, length: number) => Buffer
}

export class FileFetcher {
  readonly #ports: FilePorts
  readonly #shape: FileShape
  readonly #patterns = new ReadPatterns()
  readonly #streams: Streams
  readonly #log: Log

  constructor(ports: FilePorts, { log }: Pick<FetchTools, 'log'>) {
    this.#ports = ports
    this.#log = log
    this.#streams = ports.streams
    this.#shape = new FileShape(ports.blocks, (cid, signal) => ports.fetcher.need(cid, signal))
  }

  /**
   * Fetches bytes of a file, and begins to fetch ahead.
   * @throws BLOCK_NOT_FOUND, CORRUPT_FORMAT, and what the backends throw.
   */
  async ensure(root: Cid, position: number, length: number, signal: AbortSignal): Promise<void> {
    const file = await this.#shape.fileBehind(root, signal)
    const pattern = this.#patterns.of(file)
    const size = this.#sizeOf(file)
    this.#takeInRead(pattern, position, length, size)
    const end = Math.min(size, position + length)
    await this.#fetchRange(pattern, position, end, signal)
    void this.#readAhead(pattern, end, size)
    if (!pattern.isFooterHandled) void this.#fetchFooter(pattern, position, end, size)
  }

  #sizeOf(root: Cid): number {
    return this.#ports.blocks.find(root.key)?.size ?? 0
  }

  /** Takes a read into the pattern, and begins to assemble a file that is read in order. */
  #takeInRead(pattern: ReadPattern, position: number, length: number, size: number): void {
    const isSequential = takeInRead(pattern, position, length, size)
    const builds = this.#ports.builds
    if (pattern.build !== undefined && builds?.isUnderWay(pattern.root, pattern.build) !== true)
      pattern.build = undefined
    if (!isSequential || pattern.build !== undefined || isFine(pattern)) return
    pattern.build = builds?.build(pattern.root, size)
    if (pattern.build !== undefined) void this.#copyEarlierLeaves(pattern, position)
  }

  /** Copies into the file under assembly the leaves that were read before assembly began. */
  async #copyEarlierLeaves(pattern: ReadPattern, before: number): Promise<void> {
    try {
      for await (const leaf of this.#shape.leaves(
        pattern.root,
        0,
        before,
        abortController().signal
      )) {
        if (pattern.build === undefined) return
        if (this.#ports.blocks.find(leaf.cid.key) !== undefined) await this.#copyLeaf(pattern, leaf)
      }
    } catch (error) {
      // The file stays in single blocks, each of which can be read.
      if (!isKitError(error)) this.#log.error('a file cannot be put together', error)
    }
  }

  /** Fetches the leaves of a range, many at once. */
  async #fetchRange(
    pattern: ReadPattern,
    from: number,
    to: number,
    signal: AbortSignal
  ): Promise<void> {
    const window = new WorkWindow(MAX_LEAVES_IN_FLIGHT)
    let leaves = 0
    let bytes = 0
    for await (const leaf of this.#shape.leaves(pattern.root, from, to, signal)) {
      leaves++
      bytes += leaf.size
      const isHere = pattern.build === undefined && this.#ports.fetcher.has(leaf.cid)
      if (!isHere) await window.add(() => this.#fetchLeaf(pattern, leaf, signal))
    }
    await window.end()
    noteLeaves(pattern, leaves, bytes)
  }

  /** Fetches one leaf, and puts it into its place where the file is assembled. */
  async #fetchLeaf(pattern: ReadPattern, leaf: Leaf, signal: AbortSignal): Promise<void> {
    const { stream } = pattern
    if (stream?.covers(leaf.offset) === true) await stream.waitFor(leaf.offset + leaf.size, signal)
    await this.#ports.fetcher.need(leaf.cid, signal, (block, meta) =>
      this.#keepBlock(pattern, leaf, block, meta)
    )
    await this.#copyLeaf(pattern, leaf)
  }

  /**
   * Writes a fetched block into the file under assembly where it fits there, else into the cache.
   */
  async #keepBlock(
    pattern: ReadPattern,
    leaf: Leaf,
    block: Uint8Array,
    meta: FetchedMeta
  ): Promise<void> {
    const { root, build } = pattern
    const { payload, framed } = payloadOf(leaf.cid, block)
    const stored = !leaf.cid.isIdentity && (framed || payload.length === block.length)
    const fits = build !== undefined && payload.length === leaf.size && payload.length > 0 && stored
    const part = { cid: leaf.cid, meta, payload, framed, stored }
    if (fits && (await this.#ports.builds!.putLeaf(root, build, leaf.offset, part))) return
    this.#ports.keep(leaf.cid, block, meta)
  }

  /** Copies a leaf that is here already into the file under assembly. */
  async #copyLeaf({ root, build }: ReadPattern, leaf: Leaf): Promise<void> {
    if (build === undefined || build.leaves.has(leaf.offset)) return
    if (this.#ports.builds?.isUnderWay(root, build) !== true) return
    const { blocks } = this.#ports
    const block = blocks.get(leaf.cid)
    const { payload, framed } = payloadOf(leaf.cid, block)
    if (payload.length !== leaf.size) return
    const meta = this.#ports.describe(leaf.cid.codec, block)
    // `stored` makes this file the leaf's place, so that the whole file can be checked by its
    // records.
    const stored = !leaf.cid.isIdentity && (framed || payload.length === block.length)
    const part = { cid: leaf.cid, meta, payload, framed, stored }
    await this.#ports.builds.putLeaf(root, build, leaf.offset, part)
  }

  /** Fetches what comes next, in the background: a reader that needs it gets the error itself. */
  async #readAhead(pattern: ReadPattern, end: number, size: number): Promise<void> {
    const window = isFine(pattern) ? 0 : pattern.window
    const to = Math.min(size, end + Math.min(window, this.#ports.room))
    if (window === 0 || to <= pattern.ahead) return
    const from = Math.max(end, pattern.ahead)
    pattern.ahead = to
    try {
      if (this.#beginStream(pattern, from, size)) return
      const { signal } = abortController()
      await this.#fetchRange(pattern, from, to, signal)
    } catch (error) {
      if (!isKitError(error)) this.#log.error('reading ahead failed', error)
      pattern.ahead = 0
    }
  }

  /** Fetches the footer of a Parquet file ahead, once its first or last bytes are read. */
  async #fetchFooter(pattern: ReadPattern, from: number, to: number, size: number): Promise<void> {
    const { read } = this.#ports
    // A smaller file is fetched whole, or nearly.
    if (size < MIN_WINDOW || isFine(pattern) || (from > 0 && to < size)) return
    pattern.isFooterHandled = true
    const { signal } = abortController()
    try {
      if (from === 0 && !isMagic(read(pattern.root, 0, 4))) return
      await this.#fetchRange(pattern, size - TRAILER, size, signal)
      const start = footerStart(read(pattern.root, size - TRAILER, TRAILER), size)
      if (start !== undefined) await this.#fetchRange(pattern, start, size, signal)
    } catch (error) {
      // The reader of the footer gets this error itself.
      if (!isKitError(error) && !(error instanceof NotReady)) this.#log.error('a footer cannot be fetched', error) // prettier-ignore
    }
  }

  /** Begins a stream if it is worth it. @returns whether a stream brings what comes next. */
  #beginStream(pattern: ReadPattern, from: number, size: number): boolean {
    if (pattern.isStreaming) return true
    if (pattern.window < MIN_STREAM_BYTES || size - from < MIN_STREAM_BYTES) return false
    const backend = this.#streams.backend(pattern.root)
    if (backend === undefined) return false
    pattern.isStreaming = true
    void this.#runStream(backend, pattern, from, size).then((failure) => {
      pattern.isStreaming = false
      if (failure === undefined || isKitError(failure, 'ABORTED')) return
      this.#streams.reportFailure(backend, pattern.root, failure)
    })
    return true
  }

  /** Runs a stream. Never throws. @returns the error that ended it, if any. */
  async #runStream(
    backend: Metered,
    pattern: ReadPattern,
    from: number,
    size: number
  ): Promise<unknown> {
    try {
      return await this.#streamFrom(backend, pattern, from, size)
    } catch (error) {
      return error
    }
  }

  async #streamFrom(
    backend: Metered,
    pattern: ReadPattern,
    from: number,
    size: number
  ): Promise<unknown> {
    const { signal } = abortController()
    // The stream must begin at the start of a leaf.
    for await (const first of this.#shape.leaves(pattern.root, from, size, signal)) {
      const stream = new LeafStream(first.offset, Math.min(MAX_STREAM_AHEAD, this.#ports.room))
      pattern.stream = stream
      const leaves = this.#shape.leaves(pattern.root, first.offset, size, stream.signal)
      const source = this.#streams.open(backend, pattern.root, first.offset, stream.signal)
      return await stream.run(leaves, source, async (leaf, block) => {
        this.#ports.fetcher.countFetched(block.length)
        if (this.#ports.blocks.find(leaf.cid.key) === undefined)
          await this.#keepBlock(pattern, leaf, block, {
            ...this.#ports.describe(leaf.cid.codec, block),
            from: backend.name
          })
        await this.#copyLeaf(pattern, leaf)
      })
    }
    return undefined
  }
}
