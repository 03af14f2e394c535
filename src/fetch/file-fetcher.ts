/**
 * The bytes of files that are not here: what a read needs at once, and as much more as its way
 * of reading makes likely. A file that is read from end to end comes as one stream and is put
 * together in one contiguous file.
 */
import type { Metered } from '../../backends/wrap/metered.js'
import { abortController } from '../core/abort.js'
import type { Cid } from '../core/cid.js'
import { isKitError } from '../core/errors.js'
import { NotReady } from '../core/not-ready.js'
import type { BlockMeta, BlockSource } from '../store/ports.js'
import type { FileBuild, FileBuilds } from '../cache/builds.js'
import type { FetchedMeta } from '../cache/origin.js'
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
const MOST_FILES = 256

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
interface Reading {
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
  readonly #readings = new Map<string, Reading>()
  readonly #streams: Streams

  constructor(ports: FilePorts) {
    this.#ports = ports
    this.#streams = ports.streams
    this.#shape = new FileShape(ports.blocks, (cid, signal) => ports.fetcher.need(cid, signal))
  }

  /**
   * Have bytes of a file here.
   * @throws BLOCK_NOT_FOUND, CORRUPT_FORMAT, and what the backends throw.
   */
  async ensure(root: Cid, position: number, length: number, signal: AbortSignal): Promise<void> {
    await this.#ports.fetcher.need(root, signal)
    const reading = this.#readingOf(root)
    const size = this.#sizeOf(root)
    this.#notice(reading, position, length, size)
    const end = Math.min(size, position + length)
    await this.#all(reading, position, end, signal)
    void this.#goAhead(reading, end, size)
    if (!reading.knowsFooter) void this.#fetchFooter(reading, position, end, size)
  }

  #sizeOf(root: Cid): number {
    return this.#ports.blocks.find(root.key)?.size ?? 0
  }

  #readingOf(root: Cid): Reading {
    const key = String(root)
    const known = this.#readings.get(key)
    const reading = known ?? { root, next: 0, window: 0, ahead: 0, build: undefined, stream: undefined, isStreaming: false, knowsFooter: false } // prettier-ignore
    // The one longest unused is the first.
    this.#readings.delete(key)
    if (this.#readings.size >= MOST_FILES) {
      const [oldest] = this.#readings.keys()
      this.#readings.delete(oldest!)
    }
    this.#readings.set(key, reading)
    return reading
  }

  #notice(reading: Reading, position: number, length: number, size: number): void {
    const isFirst = reading.next === 0
    const goesOn = !isFirst && Math.abs(position - reading.next) <= NEAR
    if (goesOn) reading.window = Math.min(LAST_WINDOW, Math.max(FIRST_WINDOW, reading.window * 2))
    else if (!isFirst || position > 0) reading.window = 0
    reading.next = goesOn ? Math.max(reading.next, position + length) : position + length
    if (!goesOn) reading.ahead = 0
    const builds = this.#ports.builds
    if (reading.build !== undefined && builds?.isUnderWay(reading.root, reading.build) !== true)
      reading.build = undefined
    if (!goesOn || reading.build !== undefined) return
    reading.build = builds?.build(reading.root, size)
    if (reading.build !== undefined) void this.#placeEarlier(reading, position)
  }

  /** What was read before anybody knew that all of the file would be. */
  async #placeEarlier(reading: Reading, before: number): Promise<void> {
    try {
      for await (const leaf of this.#shape.leaves(
        reading.root,
        0,
        before,
        abortController().signal
      ))
        if (this.#ports.blocks.find(leaf.cid.key) !== undefined) await this.#place(reading, leaf)
    } catch (error) {
      // The file stays in parts, each of which can be read.
      if (!isKitError(error)) console.error('a file cannot be put together', error)
    }
  }

  /** Have the leaves of a range here, as many at once as there are. */
  async #all(reading: Reading, from: number, to: number, signal: AbortSignal): Promise<void> {
    const coming: Promise<void>[] = []
    for await (const leaf of this.#shape.leaves(reading.root, from, to, signal)) {
      const one = this.#leaf(reading, leaf, signal)
      // It may fail while the next node is waited for, when nobody listens to it yet.
      one.catch(() => undefined)
      coming.push(one)
    }
    await Promise.all(coming)
  }

  /** Have one leaf here, in its place where a file is put together. */
  async #leaf(reading: Reading, leaf: Leaf, signal: AbortSignal): Promise<void> {
    const { stream } = reading
    if (stream?.covers(leaf.offset) === true) await stream.reached(leaf.offset + leaf.size, signal)
    await this.#ports.fetcher.need(leaf.cid, signal, (block, meta) =>
      this.#keep(reading, leaf, block, meta)
    )
    await this.#place(reading, leaf)
  }

  async #keep(reading: Reading, leaf: Leaf, block: Uint8Array, meta: FetchedMeta): Promise<void> {
    const { root, build } = reading
    const { payload, framed } = payloadOf(leaf.cid, block)
    const stored = !leaf.cid.isIdentity && (framed || payload.length === block.length)
    const fits = build !== undefined && payload.length === leaf.size && payload.length > 0 && stored
    const part = { cid: leaf.cid, meta, payload, framed, stored }
    if (fits && (await this.#ports.builds!.putLeaf(root, build, leaf.offset, part))) return
    this.#ports.keep(leaf.cid, block, meta)
  }

  /** A leaf that is here already, but not in the file that is put together: copy it there. */
  async #place({ root, build }: Reading, leaf: Leaf): Promise<void> {
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
  async #goAhead(reading: Reading, end: number, size: number): Promise<void> {
    const { window } = reading
    const to = Math.min(size, end + Math.min(window, this.#ports.room))
    if (window === 0 || to <= reading.ahead) return
    const from = Math.max(end, reading.ahead)
    reading.ahead = to
    try {
      if (this.#beginStream(reading, from, size)) return
      const { signal } = abortController()
      await this.#all(reading, from, to, signal)
    } catch (error) {
      if (!isKitError(error)) console.error('reading ahead failed', error)
      reading.ahead = 0
    }
  }

  /** A Parquet file is known by its first or last bytes: its footer is fetched ahead. */
  async #fetchFooter(reading: Reading, from: number, to: number, size: number): Promise<void> {
    const { read } = this.#ports
    // A smaller one comes whole, or nearly.
    if (size < FIRST_WINDOW || (from > 0 && to < size)) return
    reading.knowsFooter = true
    const { signal } = abortController()
    try {
      if (from === 0 && !isMagic(read(reading.root, 0, 4))) return
      await this.#all(reading, size - TRAILER, size, signal)
      const start = footerStart(read(reading.root, size - TRAILER, TRAILER), size)
      if (start !== undefined) await this.#all(reading, start, size, signal)
    } catch (error) {
      // Who reads it is told.
      if (!isKitError(error) && !(error instanceof NotReady)) console.error('a footer cannot be fetched', error) // prettier-ignore
    }
  }

  /** @returns whether a stream brings what comes next. */
  #beginStream(reading: Reading, from: number, size: number): boolean {
    if (reading.isStreaming) return true
    if (reading.window < STREAM_WINDOW || size - from < STREAM_WINDOW) return false
    const backend = this.#streams.backend()
    if (backend === undefined) return false
    reading.isStreaming = true
    void this.#stream(backend, reading, from, size).then((failure) => {
      reading.isStreaming = false
      if (failure === undefined || isKitError(failure, 'ABORTED')) return
      this.#streams.failed(backend, reading.root, failure)
    })
    return true
  }

  /** Never throws. @returns what went wrong, if anything did. */
  async #stream(backend: Metered, reading: Reading, from: number, size: number): Promise<unknown> {
    try {
      return await this.#streamFrom(backend, reading, from, size)
    } catch (error) {
      return error
    }
  }

  async #streamFrom(
    backend: Metered,
    reading: Reading,
    from: number,
    size: number
  ): Promise<unknown> {
    const { signal } = abortController()
    // It begins where a leaf does.
    for await (const first of this.#shape.leaves(reading.root, from, size, signal)) {
      const stream = new LeafStream(first.offset, Math.min(STREAM_AHEAD, this.#ports.room))
      reading.stream = stream
      const leaves = this.#shape.leaves(reading.root, first.offset, size, stream.signal)
      const source = this.#streams.open(backend, reading.root, first.offset, stream.signal)
      return await stream.run(leaves, source, async (leaf, block) => {
        this.#ports.fetcher.took(block.length)
        if (this.#ports.blocks.find(leaf.cid.key) === undefined)
          await this.#keep(reading, leaf, block, {
            ...this.#ports.describe(leaf.cid.codec, block),
            from: backend.name
          })
        await this.#place(reading, leaf)
      })
    }
    return undefined
  }
}
