/** Walks DAGs whose blocks can be read at once. */
import { EMPTY } from '../core/bytes.js'
import { DAG_PB, type Cid } from '../core/cid.js'
import { isKitError, KitError } from '../core/errors.js'
import { NotReady } from '../core/not-ready.js'
import { chunkTable, partCid } from '../formats/chunk-table.js'
import { isLeafCodec, linksOf, type BlockLinks } from '../formats/links.js'
import type { Content } from './content.js'
import { DagWalk } from './dag-walk.js'

export interface Visit {
  readonly cid: Cid
  /** Undefined if the block is missing, or cannot exist. */
  readonly block: Uint8Array | undefined
  /** Undefined with the block. Where they are unknown, nothing below is visited. */
  readonly links: BlockLinks | undefined
  readonly depth: number
}

/** Returns a block; undefined for a missing one, as an error for each would take most of the time. */
type Load = (cid: Cid) => Uint8Array | undefined

/**
 * Visits every block below some roots in the order of DagWalk; a missing one without its bytes.
 * @throws the errors of `load` except BLOCK_NOT_FOUND, which also says that one is missing.
 */
export function* walk(roots: readonly Cid[], load: Load): Generator<Visit, void, undefined> {
  const way = new DagWalk(roots)
  for (let next = way.next(); next !== undefined; next = way.next()) {
    const { cid, depth, isAgain } = next
    if (isAgain) {
      const block = loadIfPresent(cid, load)
      if (block === undefined) throw gone(cid)
      way.enter(cid, linksOf(cid, block).cids)
      continue
    }
    const block = cid.flaw === undefined ? loadIfPresent(cid, load) : undefined
    const links = block === undefined ? undefined : linksOf(cid, block)
    yield { cid, block, links, depth }
    way.enter(cid, links?.cids ?? [])
  }
}

/** Returns the error for a block that was there when its links were first read. */
const gone = (cid: Cid): KitError =>
  new KitError('STALE', `block ${cid} was removed meanwhile; try again`)

function loadIfPresent(cid: Cid, load: Load): ReturnType<Load> {
  try {
    return load(cid)
  } catch (error) {
    if (isKitError(error, 'BLOCK_NOT_FOUND')) return undefined
    throw error
  }
}

/** Yields every CID below some roots once, the roots too, and whether its block cannot be read. */
export function* below(
  roots: readonly Cid[],
  content: Content
): Generator<{ readonly cid: Cid; readonly isMissing: boolean }, void, undefined> {
  const load = (wanted: Cid): Uint8Array | undefined => {
    if (!wanted.isIdentity && content.blocks.find(wanted.key) === undefined) return undefined
    // The bytes of a leaf lead nowhere, so that they need not be read.
    if (isLeafCodec(wanted.codec)) return EMPTY
    try {
      return content.blocks.get(wanted)
    } catch (error) {
      // An unreadable block, or one that would have to be fetched, is as good as missing.
      if (!isKitError(error) && !(error instanceof NotReady)) throw error
      throw new KitError('BLOCK_NOT_FOUND', error.message, { cause: error })
    }
  }
  for (const { cid, block } of walk(roots, load)) yield { cid, isMissing: block === undefined }
}

/** Yields the leaves of a file in order, repeats included, with the bytes each covers. */
export function* leavesOf(
  root: Cid,
  content: Content
): Generator<{ readonly cid: Cid; readonly size: number }, void, undefined> {
  const { size, file = root } = content.stat(root)
  const open = [{ cid: file, size }]
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
