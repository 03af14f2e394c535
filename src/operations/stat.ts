/** Reports what a CIDPATH is, and how much of it is here. */
import { typeName } from '../content/adder.js'
import type { Content } from '../content/content.js'
import { walk } from '../content/walk.js'
import type { Cid } from '../core/cid.js'
import { NotReady } from '../core/not-ready.js'
import { inTurns } from '../core/turns.js'
import { modeText } from './mode-text.js'
import type { NodeType } from '../core/node-stat.js'
import type { Operation } from './operation.js'
import { target } from './target.js'
import { timeText } from './time-text.js'
import { withContent } from './with-content.js'

export interface StatRequest {
  /** CIDPATH. */
  readonly path: string
}

export interface StatResult {
  readonly cid: string
  readonly type: NodeType
  /** Bytes of a file, or of a symlink's target; 0 for a folder. */
  readonly size: number
  /** Bytes and number of all blocks of the DAG that are here. */
  readonly dagSize: number
  readonly blocks: number
  /** Links of the root, and levels below it. */
  readonly links: number
  readonly depth: number
  /** Whether no block is missing. */
  readonly local: boolean
  /** Linked blocks that are not here. */
  readonly missing: number
  /** Four octal digits; null where the DAG has none. */
  readonly mode: string | null
  /** ISO 8601; null where the DAG has none. */
  readonly mtime: string | null
}

/**
 * Describes a node. The node is fetched where it is missing, but nothing below it. @throws what
 * finding it throws.
 */
export const stat: Operation<StatRequest, StatResult> = (services, request, run) =>
  withContent(services, run, true, async (view) => {
    const { content } = view
    const { cid } = await target(view, services, request.path)
    const node = await view.whenReady(() => content.stat(cid))
    const dag = { dagSize: 0, blocks: 0, depth: 0, missing: 0 }
    let links = 0
    const visits = walk([cid], (wanted) => localBlock(content, wanted))
    for await (const visit of inTurns(visits, run.signal)) {
      const { block, depth } = visit
      if (depth === 0) links = visit.links?.cids.length ?? 0
      if (block === undefined) dag.missing++
      else {
        dag.blocks++
        dag.dagSize += block.length
        dag.depth = Math.max(dag.depth, depth)
        run.progress({ what: 'counting', bytes: block.length })
      }
    }
    return {
      cid: String(cid),
      type: typeName(node.kind),
      size: node.size,
      ...dag,
      links,
      local: dag.missing === 0,
      mode: modeText(node.mode),
      mtime: node.mtime === undefined ? null : timeText(node.mtime)
    }
  })

/** Returns a block of the store, the cache or a foreign repository; undefined if none has it. */
function localBlock({ blocks }: Content, cid: Cid): Uint8Array | undefined {
  const isHere = cid.isIdentity || blocks.find(cid.key) || blocks.foreignSize(cid) !== undefined
  if (!isHere) return undefined
  try {
    return blocks.get(cid)
  } catch (error) {
    if (error instanceof NotReady) return undefined
    throw error
  }
}
