/** Tells what lies at a path of the tree that a mount shows. */
import type { NodeStat, NodeType } from '../core/node-stat.js'
import type { TreeNode } from '../../vfs/tree.js'
import { modeText } from './mode-text.js'
import type { Operation } from './operation.js'
import { timeText } from './time-text.js'
import { withTree } from './with-tree.js'

export interface TreeStatRequest {
  /** From the root of the tree, as `/datasets/sales`. */
  readonly path: string
}

export interface TreeStat {
  readonly type: NodeType
  /** Bytes of a file, or of a symlink's target; 0 for a folder. */
  readonly size: number
  /** Four octal digits; null where the node has those of its type. */
  readonly mode: string | null
  /** ISO 8601; null where the node has none. */
  readonly mtime: string | null
  /** Whether it stays what it is now. */
  readonly isFixed: boolean
  /** Target of a symlink. */
  readonly target: string | null
  /** CID of content; null for what no CID names. */
  readonly cid: string | null
  /** Where its first block lies: `local`, `memory`, `disk` or `none`. */
  readonly tier: string | null
  /** The backend that gave its first block, or `local`. */
  readonly origin: string | null
}

/** The last symlink of the path is not followed. @throws as `TreeView.node`. */
export const treeStat: Operation<TreeStatRequest, TreeStat> = (services, { path }, run) =>
  withTree(services, run, async (tree) => {
    const node = await tree.node(path, false)
    return await tree.whenReady(() => described(node, node.stat()))
  })

function described(node: TreeNode, { type, size, mode, mtime }: NodeStat): TreeStat {
  const attribute = (name: string): string | null => node.attribute(name) ?? null
  return {
    type,
    size: type === 'directory' ? 0 : size,
    mode: modeText(mode),
    mtime: mtime === undefined ? null : timeText(mtime),
    isFixed: node.isFixed,
    target: type === 'symlink' ? Buffer.from(node.readlink()).toString('utf8') : null,
    cid: attribute('user.ipfs.cid'),
    tier: attribute('user.ipfs_kit.tier'),
    origin: attribute('user.ipfs_kit.backend')
  }
}
