/** Walks a DAG of files and folders down to the leaves, or to the missing blocks. */
import { shardLinks } from '../content/hamt-reader.js'
import { copyOf } from '../core/bytes.js'
import { DAG_PB, type Cid } from '../core/cid.js'
import { isDamage, type KitError } from '../core/errors.js'
import { KeySet } from '../core/key-set.js'
import { printable } from '../core/printable.js'
import { Turns } from '../core/turns.js'
import { Kind } from '../formats/block-kind.js'
import { chunkTable, partCid } from '../formats/chunk-table.js'
import type { ContentView } from './content-view.js'
import type { Run } from './run.js'
import { isMissing } from './target.js'

export interface Segment {
  readonly cid: string
  /** The path below the folder that is explained, with a slash at the end of a folder's own. */
  readonly path: string
  /** The bytes of the file that the block covers; null where nobody knows, 0 for a folder. */
  readonly offset: number
  readonly length: number | null
  /** Where the block is: in the store (`local`), in the cache (`disk`), or not here (null). */
  readonly tier: 'local' | 'disk' | null
  /**
   * The origin of the block (`local` for the store); for a missing block, the backend asked first.
   */
  readonly backend: string | null
  readonly bytesFetched: number
  /** Milliseconds for fetching and reading the block; null for a missing one. */
  readonly ms: number | null
}

/** A block, and the range of its file that its DAG holds. */
interface Part {
  readonly cid: Cid
  readonly path: string
  readonly offset: number
  readonly length: number | null
}

export class Explanation {
  readonly segments: Segment[] = []
  readonly #view: ContentView
  readonly #run: Run
  readonly #firstBackend: string | null
  #fetch: boolean
  #failure: KitError | undefined
  /** Blocks whose parts are listed already: they are not listed below other blocks again. */
  readonly #opened = new KeySet()

  constructor(view: ContentView, run: Run, fetch: boolean, first: string | null) {
    this.#view = view
    this.#run = run
    this.#fetch = fetch
    this.#firstBackend = first
  }

  /** Why the first block could not be fetched. */
  get failure(): KitError | undefined {
    return this.#failure
  }

  /** Tells of a block without which nothing else can be told. */
  stopsAt(cid: Cid, failure: KitError): void {
    this.#failure = failure
    this.segments.push(this.#missing({ cid, path: '', offset: 0, length: null }))
  }

  /** Lists the blocks of a file or folder, parents before what they hold. */
  async walk(root: Cid): Promise<void> {
    const open: Part[] = [{ cid: root, path: '', offset: 0, length: null }]
    const turns = new Turns(this.#run.signal)
    for (let part = open.pop(); part !== undefined; part = open.pop()) {
      if (turns.isDue) await turns.take()
      try {
        await this.#visit(part, open)
      } catch (error) {
        // What is damaged, or can be no block, is a row like what is missing.
        if (!isDamage(error)) throw error
        this.#failure ??= error
        this.segments.push(this.#missing(part))
      }
    }
  }

  async #visit(part: Part, open: Part[]): Promise<void> {
    const segment = await this.#segment(part)
    const inner = segment.tier === null ? [] : this.#inner(part)
    const isFolder = segment.tier !== null && this.#isFolder(part.cid)
    // The inner blocks of a file hold none of its bytes, so only its leaves are listed.
    if (isFolder) this.segments.push({ ...segment, path: `${part.path}/`, length: 0 })
    else if (inner.length === 0) this.segments.push(segment)
    for (let i = inner.length - 1; i >= 0; i--) open.push(inner[i]!)
  }

  #isFolder(cid: Cid): boolean {
    return this.#view.content.stat(cid).type === 'directory'
  }

  /** Returns what a block leads to; nothing where that is listed already. */
  #inner({ cid, path, offset }: Part): Part[] {
    const { content } = this.#view
    const { kind, file, size } = content.stat(cid)
    if (file !== undefined) return [{ cid: file, path, offset, length: size }]
    if (cid.codec !== DAG_PB || !this.#opened.add(cid.key)) return []
    const entry = (name: Uint8Array, child: Cid): Part => {
      const below = path === '' ? printable(name) : `${path}/${printable(name)}`
      return { cid: child, path: below, offset: 0, length: null }
    }
    if (kind === Kind.HAMT)
      return shardLinks(cid, content.blocks.get(cid)).map(({ name, cid: child }) =>
        name === undefined ? { cid: child, path, offset: 0, length: null } : entry(name, child)
      )
    if (kind === Kind.DIRECTORY) {
      const table = content.directory(cid)
      return Array.from({ length: table.count }, (_, i) =>
        entry(copyOf(table.name(i)), table.cid(i))
      )
    }
    if (kind !== Kind.FILE || content.isLeaf(cid)) return []
    const table = chunkTable(cid, content.blocks.get(cid))
    return Array.from(table.ends, (end, i) => {
      const start = i === 0 ? table.inline.length : table.ends[i - 1]!
      return { cid: partCid(table, i), path, offset: offset + start, length: end - start }
    })
  }

  async #segment(part: Part): Promise<Segment> {
    const { cid, path, offset, length } = part
    const view = this.#view
    const before = view.tierOf(cid)
    const started = performance.now()
    if (before === undefined && this.#fetch) await this.#fetchBlock(cid)
    const tier = view.tierOf(cid)
    if (tier === undefined) return this.#missing(part)
    const bytes = view.content.blocks.get(cid).length
    return {
      cid: String(cid),
      path,
      offset,
      length: length ?? view.content.stat(cid).size,
      tier,
      backend: view.originName(cid) ?? null,
      bytesFetched: before === undefined ? bytes : 0,
      ms: Math.round((performance.now() - started) * 1000) / 1000
    }
  }

  async #fetchBlock(cid: Cid): Promise<void> {
    try {
      await this.#view.whenReady(() => this.#view.content.stat(cid))
    } catch (error) {
      if (!isMissing(error)) throw error
      this.#failure ??= error
      // A backend that does not answer would be waited for once for each block.
      if (error.code !== 'BLOCK_NOT_FOUND') this.#fetch = false
    }
  }

  #missing({ cid, path, offset, length }: Part): Segment {
    const backend = this.#firstBackend
    return {
      cid: String(cid),
      path,
      offset,
      length,
      tier: null,
      backend,
      bytesFetched: 0,
      ms: null
    }
  }
}
