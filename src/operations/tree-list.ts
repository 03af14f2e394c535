/** Lists a folder of the tree that a mount shows, page by page. */
import { isKitError, KitError } from '../core/errors.js'
import type { NodeStat, NodeType } from '../core/node-stat.js'
import { jsonName } from '../core/printable.js'
import type { TreeNode } from '../../vfs/tree.js'
import type { Operation } from './operation.js'
import type { TreeView } from './tree-view.js'
import { withTree } from './with-tree.js'

export interface TreeListRequest {
  readonly path: string
  /** Position where the listing begins, as an earlier one told it; 0 for the beginning. */
  readonly from: number
  /** Most entries. */
  readonly limit: number
}

export interface TreeEntry {
  /** Where it is not UTF-8, it is escaped and `nameBase64` has its bytes. */
  readonly name: string
  readonly nameBase64?: string
  /** Null where nobody can say. */
  readonly type: NodeType | null
  /** Bytes of a file, or of a symlink's target. */
  readonly size: number | null
}

export interface TreeListResult {
  readonly entries: readonly TreeEntry[]
  /** Position where the listing goes on; null at its end. */
  readonly next: number | null
}

interface Found {
  readonly name: Uint8Array
  readonly key: Uint8Array
  readonly position: number
  readonly type: NodeType | undefined
  readonly stat: NodeStat | undefined
}

/** @throws NOT_A_DIRECTORY, and as `TreeView.node`. */
export const treeList: Operation<TreeListRequest, TreeListResult> = (services, request, run) =>
  withTree(services, run, async (tree) => {
    const { path, from, limit } = request
    const node = await tree.node(path)
    if ((await tree.whenReady(() => node.stat())).type !== 'directory')
      throw new KitError('NOT_A_DIRECTORY', `${path} is a file`)
    // One more than are shown tells whether there are more.
    const found = await tree.whenReady(() => listed(node, from, limit + 1))
    const shown = found.slice(0, limit)
    const entries: TreeEntry[] = []
    for (const one of shown) {
      run.signal.throwIfAborted()
      entries.push(await entryOf(tree, node, one))
    }
    return { entries, next: found.length > limit ? shown.at(-1)!.position : null }
  })

/** A listing may use one object for all its entries, so that they are copied. */
function listed(node: TreeNode, from: number, limit: number): Found[] {
  const found: Found[] = []
  node.list(from, (entry) => {
    const { name, key, position, type } = entry
    found.push({ name: Uint8Array.from(name), key: Uint8Array.from(key), position, type, stat: entry.known() }) // prettier-ignore
    return found.length < limit
  })
  return found
}

async function entryOf(tree: TreeView, folder: TreeNode, found: Found): Promise<TreeEntry> {
  const { name, key, position } = found
  const stat = found.stat ?? (await statIfAny(tree, folder, key, position))
  const type = stat?.type ?? found.type ?? null
  const size = type === 'directory' ? null : (stat?.size ?? null)
  return { ...jsonName(name), type, size }
}

/** What cannot be told of an entry hides none of the others. */
async function statIfAny(
  tree: TreeView,
  folder: TreeNode,
  key: Uint8Array,
  position: number
): Promise<NodeStat | undefined> {
  try {
    return await tree.whenReady(() => folder.entryStat(key, position))
  } catch (error) {
    if (!isKitError(error) || error.code === 'ABORTED') throw error
    return undefined
  }
}
