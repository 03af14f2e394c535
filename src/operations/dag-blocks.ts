/**
 * Yields the blocks by which somebody who trusts nobody verifies a part of a DAG: the way to it, and it, or a
 * range of it, or all below it (IPIP-402).
 */
import { KeySet } from '../core/key-set.js'
import type { Cid } from '../core/cid.js'
import { DAG_PB } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { shardLinks } from '../content/hamt-reader.js'
import { unreadable } from '../content/car-export.js'
import { Kind } from '../formats/block-kind.js'
import { chunkTable, partCid } from '../formats/chunk-table.js'
import { describeBlock } from '../formats/describe-block.js'
import { linksOf } from '../formats/links.js'
import { Turns } from '../core/turns.js'
import type { ContentView } from './content-view.js'
import { throwIfAborted, type Run } from './run.js'

/** A range of a file: places from the start, or from the end where they are negative; both belong to it. */
export interface EntityBytes {
  readonly from: number
  /** Undefined for the end of the file. */
  readonly to: number | undefined
}

export interface DagBlocksRequest {
  /** Blocks on the way, which come first. */
  readonly way: readonly Cid[]
  readonly cid: Cid
  /** The block alone; the file or the list of the folder; or everything below. */
  readonly scope: 'block' | 'entity' | 'all'
  readonly bytes: EntityBytes | undefined
  /** Whether a block comes as often as it is met. */
  readonly duplicates: boolean
}

export interface DagBlock {
  readonly cid: Cid
  readonly block: Uint8Array
}

/** Deepest nesting that is followed; each level of a DAG is a hash of the next. */
const MAX_DEPTH = 1024

/** Parents come before children, and children in order. @throws what reading and fetching throw. */
export async function* dagBlocks(
  view: ContentView,
  request: DagBlocksRequest,
  run: Run
): AsyncGenerator<DagBlock, void, undefined> {
  const { way, cid, scope, bytes, duplicates } = request
  const seen = duplicates ? undefined : new KeySet()
  const walk = new BlockWalk(view, run, seen)
  for (const one of way) yield* walk.only(one)
  if (scope === 'block') yield* walk.only(cid)
  else if (scope === 'all') yield* walk.below(cid, 0)
  else yield* walk.entity(cid, bytes)
}

class BlockWalk {
  readonly #view: ContentView
  readonly #run: Run
  readonly #seen: KeySet | undefined
  /** Nodes of files of which all was shown, and shards: what is met again is not walked again. */
  readonly #whole = new KeySet()
  readonly #shardsSeen = new KeySet()
  readonly #turns: Turns

  constructor(view: ContentView, run: Run, seen: KeySet | undefined) {
    this.#view = view
    this.#run = run
    this.#seen = seen
    this.#turns = new Turns(run.signal)
  }

  async *only(cid: Cid): AsyncGenerator<DagBlock, void, undefined> {
    const block = await this.#load(cid)
    if (this.#isShown(cid)) yield { cid, block }
  }

  /** Everything below a block. What was met before leads to what was met before. */
  async *below(cid: Cid, depth: number): AsyncGenerator<DagBlock, void, undefined> {
    if (depth > MAX_DEPTH) throw tooDeep(cid)
    if (this.#seen?.has(cid.key) === true && !cid.isIdentity) return
    const block = await this.#load(cid)
    if (this.#isShown(cid)) yield { cid, block }
    const links = linksOf(cid, block)
    if (links.answer === 'unknown') throw unreadable(cid, cid, links.reason)
    for (const child of links.cids) yield* this.below(child, depth + 1)
  }

  /** A file, or what lists a folder; of anything else its block. */
  async *entity(
    cid: Cid,
    bytes: EntityBytes | undefined
  ): AsyncGenerator<DagBlock, void, undefined> {
    const block = await this.#load(cid)
    const { kind, size } = describeBlock(cid.codec, block)
    if (kind === Kind.HAMT) yield* this.#shards(cid, 0)
    else if (kind === Kind.FILE && cid.codec === DAG_PB)
      yield* this.#file(cid, rangeOf(bytes, size), 0)
    else if (this.#isShown(cid)) yield { cid, block }
  }

  async *#shards(cid: Cid, depth: number): AsyncGenerator<DagBlock, void, undefined> {
    if (depth > MAX_DEPTH) throw tooDeep(cid)
    if (!this.#shardsSeen.add(cid.key))
      throw new KitError('CORRUPT_FORMAT', `shard ${cid} stands in its directory twice`)
    const block = await this.#load(cid)
    if (this.#isShown(cid)) yield { cid, block }
    for (const { name, cid: child } of shardLinks(cid, block))
      if (name === undefined) yield* this.#shards(child, depth + 1)
  }

  /** The parts of a file that have bytes of a range. */
  async *#file(
    cid: Cid,
    { start, end }: Range,
    depth: number
  ): AsyncGenerator<DagBlock, void, undefined> {
    if (depth > MAX_DEPTH) throw tooDeep(cid)
    const block = await this.#load(cid)
    if (this.#isShown(cid)) yield { cid, block }
    if (cid.codec !== DAG_PB) return
    const table = chunkTable(cid, block)
    const isWhole = start <= 0 && end >= table.size
    if (isWhole && this.#seen !== undefined && !this.#whole.add(cid.key)) return
    for (let i = 0; i < table.ends.length; i++) {
      const from = i === 0 ? table.inline.length : table.ends[i - 1]!
      const to = table.ends[i]!
      // A part without bytes is needed where the whole file is.
      const isMet = to === from ? isWhole : to > start && from < end
      if (isMet)
        yield* this.#file(partCid(table, i), { start: start - from, end: end - from }, depth + 1)
    }
  }

  async #load(cid: Cid): Promise<Uint8Array> {
    throwIfAborted(this.#run)
    if (this.#turns.isDue) await this.#turns.take()
    return await this.#view.whenReady(() => this.#view.content.blocks.get(cid))
  }

  /** Blocks that are in their CIDs are never sent. */
  #isShown(cid: Cid): boolean {
    if (cid.isIdentity) return false
    return this.#seen === undefined || this.#seen.add(cid.key)
  }
}

interface Range {
  readonly start: number
  readonly end: number
}

function rangeOf(bytes: EntityBytes | undefined, size: number): Range {
  if (bytes === undefined) return { start: 0, end: size }
  const place = (at: number): number => (at < 0 ? Math.max(0, size + at) : at)
  return { start: place(bytes.from), end: bytes.to === undefined ? size : place(bytes.to) + 1 }
}

const tooDeep = (cid: Cid): KitError =>
  new KitError('CORRUPT_FORMAT', `the blocks above ${cid} are nested deeper than ${MAX_DEPTH}`)
