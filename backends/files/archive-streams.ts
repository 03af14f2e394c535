/**
 * Files as streams of plain bytes out of archives in depth-first order: one ranged read from the
 * first leaf to the last. What lies elsewhere comes block by block, several at once.
 */
import { verifyBlock, type Cid } from '../../src/core/cid.js'
import type { CallOptions } from '../facets/call.js'
import type { FileReader } from '../facets/named-files.js'
import type { FileStreams } from '../facets/streams.js'
import { verifyOnce } from '../hashed-blocks.js'
import type { ArchiveIndex, SectionPlace } from './archive-index.js'
import type { Archives } from './archives.js'
import { fileParts, lastPart, type FileLeaf, type FilePart } from './file-parts.js'
import { SectionStream } from './section-stream.js'

/** Blocks that are read at once where they do not lie one behind the other. */
const AT_ONCE = 8
/** Blocks that are kept for their next use: nodes on the way, and leaves that repeat. */
const MAX_KEPT = 8
/** Ranged reads of one stream; an archive that needs more is not in the order of the file. */
const MAX_OPENINGS = 16

type ReadBlock = (cid: Cid, options: CallOptions) => Promise<Uint8Array>

export class ArchiveStreams implements FileStreams {
  readonly #files: FileReader
  readonly #archives: Archives
  readonly #getBlock: ReadBlock

  /** @param getBlock gives the block of a CID, wherever it lies. */
  constructor(files: FileReader, archives: Archives, getBlock: ReadBlock) {
    this.#files = files
    this.#archives = archives
    this.#getBlock = getBlock
  }

  async *readFile(cid: Cid, position: number, options: CallOptions): AsyncIterable<Uint8Array> {
    const blocks = new KeptBlocks(async (node) => {
      const block = await this.#getBlock(node, options)
      verifyOnce(node, block)
      return block
    })
    await blocks.read(cid)
    // Whatever had the root was looked into for it.
    const open = this.#archives.knownArchive(cid)
    if (open?.index === undefined) {
      yield* this.#singly(
        fileParts(cid, position, (node) => blocks.read(node)),
        options
      )
      return
    }
    const { index } = open
    const last = await lastPart(cid, (node) => blocks.read(node))
    const end = (last === undefined ? undefined : index.place(last)?.end) ?? index.payload.dataEnd
    const stream = new SectionStream(this.#files, open.entry.name, options)
    const file = new ArchivedFile({ stream, index, end, blocks })
    const parts = fileParts(cid, position, (node, size) => file.node(node, size))
    try {
      while (!file.isDisordered) {
        const next = await parts.next()
        if (next.done === true) return
        yield* 'bytes' in next.value ? [next.value.bytes] : file.leaf(next.value)
      }
      yield* this.#singly(parts, options)
    } finally {
      await stream.close()
    }
  }

  async *#singly(parts: AsyncIterable<FilePart>, options: CallOptions): AsyncIterable<Uint8Array> {
    const pending: Promise<Uint8Array>[] = []
    for await (const part of parts) {
      const bytes =
        'bytes' in part
          ? Promise.resolve(part.bytes)
          : this.#getBlock(part.cid, options).then((block) => block.subarray(part.skip))
      // One that fails before its turn comes must not count as unhandled.
      bytes.catch(() => undefined)
      pending.push(bytes)
      if (pending.length === AT_ONCE) yield await pending.shift()!
    }
    for (const bytes of pending) yield await bytes
  }
}

/** Reads verified blocks by reads of their own, and keeps the last few. */
class KeptBlocks {
  readonly #read: (cid: Cid) => Promise<Uint8Array>
  readonly #kept = new Map<string, Uint8Array>()

  constructor(read: (cid: Cid) => Promise<Uint8Array>) {
    this.#read = read
  }

  async read(cid: Cid): Promise<Uint8Array> {
    const key = String(cid)
    const block = this.#kept.get(key) ?? (await this.#read(cid))
    this.#kept.delete(key)
    this.#kept.set(key, block)
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MAX_KEPT) break
      this.#kept.delete(oldest)
    }
    return block
  }
}

interface ArchivedFileParts {
  readonly stream: SectionStream
  readonly index: ArchiveIndex
  /** The place where the last leaf ends. */
  readonly end: number
  readonly blocks: KeptBlocks
}

/** The blocks of one file in an archive, which come from the stream where it reaches them. */
class ArchivedFile {
  readonly #parts: ArchivedFileParts
  #openings = 0

  constructor(parts: ArchivedFileParts) {
    this.#parts = parts
  }

  /** Whether the archive is not in the order of the file, so that a stream is of no use. */
  get isDisordered(): boolean {
    return this.#openings > MAX_OPENINGS
  }

  /** Gives a verified node. Interior ones on the way to the first leaf are read by themselves. */
  async node(cid: Cid, size: number | undefined): Promise<Uint8Array> {
    const { stream, index, blocks } = this.#parts
    const place = index.place(cid)
    // An interior node is much shorter than what it leads to.
    const isLeaf = place !== undefined && size !== undefined && place.end - place.position >= size
    const isInStream = isLeaf ? await this.#reach(place) : place !== undefined && stream.reaches(place) // prettier-ignore
    if (!isInStream) return await blocks.read(cid)
    const parts: Uint8Array[] = []
    for await (const part of stream.block(cid, place!)) parts.push(Buffer.from(part))
    const block = Buffer.concat(parts)
    verifyBlock(cid, block)
    return block
  }

  /** Has the stream reach a leaf. @returns false where it lies before others, or elsewhere. */
  async #reach(place: SectionPlace | undefined): Promise<boolean> {
    const { stream, index, end } = this.#parts
    if (place === undefined || stream.isPast(place)) return false
    if (stream.reaches(place)) return true
    this.#openings++
    await stream.open(place, place.end <= end ? end : index.payload.dataEnd)
    return true
  }

  /** Yields the bytes of a leaf, unverified. One that lies before others is read by itself. */
  async *leaf({ cid, skip }: FileLeaf): AsyncGenerator<Uint8Array, void, undefined> {
    const { stream, index, blocks } = this.#parts
    const place = index.place(cid)
    if (!(await this.#reach(place))) {
      yield (await blocks.read(cid)).subarray(skip)
      return
    }
    let left = skip
    for await (const part of stream.block(cid, place!)) {
      if (left < part.length) yield part.subarray(left)
      left = Math.max(0, left - part.length)
    }
  }
}
