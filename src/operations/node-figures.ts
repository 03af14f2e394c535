/** What a node of UnixFS says of itself and of what is below it. */
import { DAG_PB } from '../core/cid.js'
import type { Mtime, NodeType } from '../core/node-stat.js'
import { typeName } from '../content/adder.js'
import { decodePb, linkCid, linkName } from '../formats/dag-pb.js'
import { copyOf } from '../core/bytes.js'
import { Cid } from '../core/cid.js'
import { Kind } from '../formats/block-kind.js'
import type { ContentView } from './content-view.js'
import { resolveDag } from './dag-resolve.js'
import type { Operation } from './operation.js'
import { withContent } from './with-content.js'

export interface NodeFiguresRequest {
  readonly path: string
}

/** A link of a node, such as an entry of a folder. */
export interface FiguredLink {
  readonly name: Uint8Array
  readonly cid: string
  /** Bytes of all blocks below, as the link says. */
  readonly tsize: number
}

export interface NodeFigures {
  readonly cid: string
  readonly type: NodeType
  /** Bytes of a file, or of a link's target; 0 for a folder. */
  readonly size: number
  /** Bytes of all blocks from here down, as the node says. */
  readonly tsize: number
  readonly links: number
  readonly mode: number | undefined
  readonly mtime: Mtime | undefined
}

/** Missing content is fetched. @throws what finding it throws. */
export const nodeFigures: Operation<NodeFiguresRequest, NodeFigures> = (services, { path }, run) =>
  withContent(services, run, true, async (view) => {
    const { cid } = await resolveDag(view, services, path)
    return await view.whenReady(() => figuresOf(view, cid))
  })

/** @throws NotReady, which `whenReady` handles. */
export function figuresOf({ content }: ContentView, cid: Cid): NodeFigures {
  const { kind, size, mode, mtime } = content.stat(cid)
  const type = typeName(kind)
  const own = { cid: String(cid), type, size: type === 'directory' ? 0 : size, mode, mtime }
  if (cid.codec !== DAG_PB) return { ...own, tsize: size, links: 0 }
  const block = content.blocks.get(cid)
  const { count, tsizes } = decodePb(block)
  let tsize = block.length
  for (let i = 0; i < count; i++) tsize += Math.max(0, tsizes[i]!)
  return { ...own, tsize, links: count }
}

/** Returns the links of a node that is no folder: the parts of a file. */
export function partsOf({ content }: ContentView, cid: Cid): readonly FiguredLink[] {
  if (cid.codec !== DAG_PB) return []
  const node = decodePb(content.blocks.get(cid))
  return Array.from({ length: node.count }, (_, i) => ({
    name: copyOf(linkName(node, i)),
    cid: String(Cid.decode(copyOf(linkCid(node, i)))),
    tsize: Math.max(0, node.tsizes[i]!)
  }))
}

/** Returns whether a node is a folder. */
export const isFolder = (kind: Kind): boolean => kind === Kind.DIRECTORY || kind === Kind.HAMT
