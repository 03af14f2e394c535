/** Walks a DAG depth first, each block once, in bounded memory (KeySet) per block seen. */
import { DAG_PB, RAW, type Cid } from '../core/cid.js'
import { isKitError, KitError } from '../core/errors.js'
import { KeySet } from '../core/key-set.js'
import { chunkTable, partCid } from '../formats/chunk-table.js'
import type { Content } from './content.js'
import { canLink, linksOf } from '../formats/links.js'

export interface Visit {
  readonly cid: Cid
  /** Undefined if the block is missing. */
  readonly block: Uint8Array | undefined
  readonly depth: number
}

/**
 * Visits every block below some roots, parents first, links in order; a missing one without its
 * bytes. A block reached by several codecs is visited once for each codec that can link, and once
 * for all others, because its links depend on the codec.
 * @throws the errors of `load` except BLOCK_NOT_FOUND.
 */
export function* walk(
  roots: readonly Cid[],
  load: (cid: Cid) => Uint8Array
): Generator<Visit, void, undefined> {
  const seen = new Map<number, KeySet>()
  const open: { cid: Cid; depth: number }[] = [...roots].reverse().map((cid) => ({ cid, depth: 0 }))
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { cid, depth } = next
    const codec = canLink(cid.codec) ? cid.codec : RAW
    const keys = seen.get(codec) ?? new KeySet()
    seen.set(codec, keys)
    if (!keys.add(cid.key)) continue
    const block = loadIfPresent(cid, load)
    yield { cid, block, depth }
    if (block === undefined) continue
    const links = readableLinks(cid, block)
    for (let i = links.length - 1; i >= 0; i--) open.push({ cid: links[i]!, depth: depth + 1 })
  }
}

function loadIfPresent(cid: Cid, load: (cid: Cid) => Uint8Array): Uint8Array | undefined {
  try {
    return load(cid)
  } catch (error) {
    if (isKitError(error, 'BLOCK_NOT_FOUND')) return undefined
    throw error
  }
}

/** Returns the links of a block; none for a damaged node, which is still a block of the DAG. */
export function readableLinks(cid: Cid, block: Uint8Array): Cid[] {
  try {
    return linksOf(cid.codec, block)
  } catch (error) {
    if (isKitError(error)) return []
    throw error
  }
}

/** Yields every CID below a root whose block is missing or unreadable. */
export function* missingBelow(root: Cid, content: Content): Generator<Cid, void, undefined> {
  const load = (wanted: Cid): Uint8Array => {
    try {
      return content.blocks.get(wanted)
    } catch (error) {
      // An unreadable block leaves the DAG as incomplete as a missing one.
      if (!isKitError(error)) throw error
      throw new KitError('BLOCK_NOT_FOUND', error.message, { cause: error })
    }
  }
  for (const { cid, block } of walk([root], load)) if (block === undefined) yield cid
}

/** Yields the leaves of a file in order, repeats included, with the bytes each covers. */
export function* leavesOf(
  root: Cid,
  content: Content
): Generator<{ readonly cid: Cid; readonly size: number }, void, undefined> {
  const open = [{ cid: root, size: content.stat(root).size }]
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    const isNode = part.cid.codec === DAG_PB && !content.isLeaf(part.cid)
    if (!isNode) {
      yield part
      continue
    }
    const table = chunkTable(part.cid, content.blocks.get(part.cid))
    for (let i = table.ends.length - 1; i >= 0; i--) {
      const start = i === 0 ? table.inline.length : table.ends[i - 1]!
      open.push({ cid: partCid(table, i), size: table.ends[i]! - start })
    }
  }
}
