/**
 * The bytes of files that are not here: what a read needs at once, and as much more as its way
 * of reading makes likely. A file that is read from end to end comes as one stream and is put
 * together in one contiguous file.
 */
import type { Metered } from '../../backends/wrap/metered.js'
import { abortController } from '../core/abort.js'
import type { Cid } from '../core/cid.js'
import { isKitError } from '../core/errors.js'
import type { Log } from '../core/log.js'
import { NotReady } from '../core/not-ready.js'
import type { BlockSource } from '../store/ports.js'
import type { BlockMeta } from '../formats/block-kind.js'
import type { FileBuild, FileBuilds } from '../cache/builds.js'
import type { FetchedMeta } from '../cache/origin.js'
import type { FetchTools } from './fetch-tools.js'
import type { Fetcher } from './fetcher.js'
import { LeafStream } from './leaf-stream.js'
import { FileShape, payloadOf, type Leaf } from './leaves.js'
import { footerStart, isMagic, TRAILER } from './parquet.js'
import { Streams } from './streams.js'

/** Reads this near to where the last one ended go on with it: the kernel sends several at once. */
const NEAR = 4 << 20
const FIRST_WINDOW = 2 << 20
const LAST_WINDOW = 16 << 20
/** How far a stream may be ahead of its reader. */
const STREAM_AHEAD = 32 << 20
/** From this window on, and for this much more to come, a stream is worth its beginning. */
const STREAM_WINDOW = 8 << 20
const MAX_FILES = 256

export interface FilePorts {
  readonly fetcher: Fetcher
  readonly blocks: BlockSource
  readonly streams: Streams
  /** What files are put together in. */
  readonly builds: FileBuilds | undefined
  /** Bytes that may be fetched ahead: more would push out what is not read yet. */
  readonly room: number
  readonly keep: (cid: Cid, block: Uint8Array, meta: FetchedMeta) => void
  readonly describe: (codec: number, block: Uint8Array) => BlockMeta
  /** Bytes of a file that are here. @throws NotReady where they are not. */
  readonly read: (root: Cid, position: number, length: number) => Buffer
}

/** How a file is being read. */
interface ReadPattern {
  readonly root: Cid
  /** Where the next read is expected, and how much is fetched ahead of it. */
  next: number
  window: number
  /** Bytes that are fetched or on their way. */
  ahead: number
  build: FileBuild | undefined
  stream: LeafStream | undefined
  /** Whether a stream is there, or about to be: finding where it begins takes a moment. */
  isStreaming: boolean
  /** Whether its footer is on its way, or it is no Parquet file. */
  knowsFooter: boolean
}

export class FileFetcher {
  readonly #ports: FilePorts
  readonly #shape: FileShape
  readonly #patterns = new Map<string, ReadPattern>()
  readonly #streams: Streams
  readonly #log: Log

  constructor(ports: FilePorts, { log }: Pick<FetchTools, 'log'>) {
    this.#ports = ports
    this.#log = log
    this.#streams = ports.streams
    this.#shape = new FileShape(ports.blocks, (cid, signal) => ports.fetcher.need(cid, signal))
  }

  /**
   * Have bytes of a file here.
   * @throws BLOCK_NOT_FOUND, CORRUPT_FORMAT, and what the backends throw.
   */
  async ensure(root: Cid, position: number, length: number, signal: AbortSignal): Promise<void> {
    await this.#ports.fetcher.need(root, signal)
    const pattern = this.#patternOf(root)
    const size = this.#sizeOf(root)
    this.#notice(pattern, position, length, size)
    const end = Math.min(size, position + length)
    await this.#all(pattern, position, end, signal)
    void this.#goAhead(pattern, end, size)
    if (!pattern.knowsFooter) void this.#fetchFooter(pattern, position, end, size)
  }

  #sizeOf(root: Cid): number {
    return this.#ports.blocks.find(root.key)?.size ?? 0
  }

  #patternOf(root: Cid): ReadPattern {
    const key = String(root)
    const known = this.#patterns.get(key)
    const pattern = known ?? { root, next: 0, window: 0, ahead: 0, build: undefined, stream: undefined, isStreaming: false, knowsFooter: false } // prettier-ignore
    // The one longest unused is the first.
    this.#patterns.delete(key)
    if (this.#patterns.size >= MAX_FILES) {
      const [oldest] = this.#patterns.keys()
      this.#patterns.delete(oldest!)
    }
    this.#patterns.set(key, pattern)
    return pattern
  }

  #notice(pattern: ReadPattern, position: number, length: number, size: number): void {
    const isFirst = pattern.next === 0
    const goesOn = !isFirst && Math.abs(position - pattern.next) <= NEAR
    if (goesOn) pattern.window = Math.min(LAST_WINDOW, Math.max(FIRST_WINDOW, pattern.window * 2))
    else if (!isFirst || position > 0) pattern.window = 0
    pattern.next = goesOn ? Math.max(pattern.next, position + length) : position + length
    if (!goesOn) pattern.ahead = 0
    const builds = this.#ports.builds
    if (pattern.build !== undefined && builds?.isUnderWay(pattern.root, pattern.build) !== true)
      pattern.build = undefined
    if (!goesOn || pattern.build !== undefined) return
    pattern.build = builds?.build(pattern.root, size)
    if (pattern.build !== undefined) void this.#placeEarlier(pattern, position)
  }

  /** What was read before anybody knew that all of the file would be. */
  async #placeEarlier(pattern: ReadPattern, before: number): Promise<void> {
    try {
      for await (const leaf of this.#shape.leaves(
        pattern.root,
        0,
        before,
        abortController().signal
      ))
        if (this.#ports.blocks.find(leaf.cid.key) !== undefined) await this.#place(pattern, leaf)
    } catch (error) {
      // The file stays in parts, each of which can be read.
      if (!isKitError(error)) this.#log.error('a file cannot be put together', error)
    }
  }

  /** Have the leaves of a range here, as many at once as there are. */
  async #all(pattern: ReadPattern, from: number, to: number, signal: AbortSignal): Promise<void> {
    const coming: Promise<void>[] = []
    for await (const leaf of this.#shape.leaves(pattern.root, from, to, signal)) {
      const one = this.#leaf(pattern, leaf, signal)
      // It may fail while the next node is waited for, when nobody listens to it yet.
      one.catch(() => undefined)
      coming.push(one)
    }
    await Promise.all(coming)
  }

  /** Have one leaf here, in its place where a file is put together. */
  async #leaf(pattern: ReadPattern, leaf: Leaf, signal: AbortSignal): Promise<void> {
    const { stream } = pattern
    if (stream?.covers(leaf.offset) === true) await stream.reached(leaf.offset + leaf.size, signal)
    await this.#ports.fetcher.need(leaf.cid, signal, (block, meta) =>
      this.#keep(pattern, leaf, block, meta)
    )
    await this.#place(pattern, leaf)
  }

  async #keep(
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

  /** A leaf that is here already, but not in the file that is put together: copy it there. */
  async #place({ root, build }: ReadPattern, leaf: Leaf): Promise<void> {
    if (build === undefined || build.leaves.has(leaf.offset)) return
    if (this.#ports.builds?.isUnderWay(root, build) !== true) return
    const { blocks } = this.#ports
    const block = blocks.get(leaf.cid)
    const { payload, framed } = payloadOf(leaf.cid, block)
    if (payload.length !== leaf.size) return
    const meta = this.#ports.describe(leaf.cid.codec, block)
    // From now on it is the file that has it: all of a file can then be checked by its records.
    const stored = !leaf.cid.isIdentity && (framed || payload.length === block.length)
    const part = { cid: leaf.cid, meta, payload, framed, stored }
    await this.#ports.builds.putLeaf(root, build, leaf.offset, part)
  }

  /** Fetch what comes next. Nobody waits for it: who needs it finds out what is wrong. */
  async #goAhead(pattern: ReadPattern, end: number, size: number): Promise<void> {
    const { window } = pattern
    const to = Math.min(size, end + Math.min(window, this.#ports.room))
    if (window === 0 || to <= pattern.ahead) return
    const from = Math.max(end, pattern.ahead)
    pattern.ahead = to
    try {
      if (this.#beginStream(pattern, from, size)) return
      const { signal } = abortController()
      await this.#all(pattern, from, to, signal)
    } catch (error) {
      if (!isKitError(error)) this.#log.error('reading ahead failed', error)
      pattern.ahead = 0
    }
  }

  /** A Parquet file is known by its first or last bytes: its footer is fetched ahead. */
  async #fetchFooter(pattern: ReadPattern, from: number, to: number, size: number): Promise<void> {
    const { read } = this.#ports
    // A smaller one comes whole, or nearly.
    if (size < FIRST_WINDOW || (from > 0 && to < size)) return
    pattern.knowsFooter = true
    const { signal } = abortController()
    try {
      if (from === 0 && !isMagic(read(pattern.root, 0, 4))) return
      await this.#all(pattern, size - TRAILER, size, signal)
      const start = footerStart(read(pattern.root, size - TRAILER, TRAILER), size)
      if (start !== undefined) await this.#all(pattern, start, size, signal)
    } catch (error) {
      // Who reads it is told.
      if (!isKitError(error) && !(error instanceof NotReady)) this.#log.error('a footer cannot be fetched', error) // prettier-ignore
    }
  }

  /** @returns whether a stream brings what comes next. */
  #beginStream(pattern: ReadPattern, from: number, size: number): boolean {
    if (pattern.isStreaming) return true
    if (pattern.window < STREAM_WINDOW || size - from < STREAM_WINDOW) return false
    const backend = this.#streams.backend()
    if (backend === undefined) return false
    pattern.isStreaming = true
    void this.#stream(backend, pattern, from, size).then((failure) => {
      pattern.isStreaming = false
      if (failure === undefined || isKitError(failure, 'ABORTED')) return
      this.#streams.failed(backend, pattern.root, failure)
    })
    return true
  }

  /** Never throws. @returns what went wrong, if anything did. */
  async #stream(
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
    // It begins where a leaf does.
    for await (const first of this.#shape.leaves(pattern.root, from, size, signal)) {
      const stream = new LeafStream(first.offset, Math.min(STREAM_AHEAD, this.#ports.room))
      pattern.stream = stream
      const leaves = this.#shape.leaves(pattern.root, first.offset, size, stream.signal)
      const source = this.#streams.open(backend, pattern.root, first.offset, stream.signal)
      return await stream.run(leaves, source, async (leaf, block) => {
        this.#ports.fetcher.took(block.length)
        if (this.#ports.blocks.find(leaf.cid.key) === undefined)
          await this.#keep(pattern, leaf, block, {
            ...this.#ports.describe(leaf.cid.codec, block),
            from: backend.name
          })
        await this.#place(pattern, leaf)
      })
    }
    return undefined
  }
}
