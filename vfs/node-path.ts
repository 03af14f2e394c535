/**
 * The path of a node, for messages to people: the kernel speaks of numbers. It is found by listing
 * the folders above, which costs too much for anything but a line in a log.
 */
import { isKitError } from '../src/core/errors.js'
import { NotReady } from '../src/core/not-ready.js'
import { printable } from '../src/core/printable.js'
import { ROOT_ID } from './inode-table.js'
import type { TreeNode } from './tree.js'

/** Most entries of a folder that are looked at. */
const MAX_ENTRIES = 10_000
/** Most folders on the way to the root. */
const MAX_DEPTH = 64

/** What is asked of a node. */
export interface PlacedNode {
  readonly parent: number
  readonly node: TreeNode
}

/**
 * Returns the path below the mount, such as `ipfs/bafy…/a.txt`. What has no name any more is named
 * by its CID.
 * @param find returns a node; it throws STALE for one that the kernel has let go of.
 */
export function nodePath(id: number, find: (id: number) => PlacedNode): string {
  const names: string[] = []
  let at = id
  for (let depth = 0; at !== ROOT_ID && depth < MAX_DEPTH; depth++) {
    const placed = ifKnown(() => find(at))
    if (placed === undefined) return ['…', ...names].join('/')
    names.unshift(nameOf(placed, find))
    at = placed.parent
  }
  return names.join('/')
}

function nameOf({ parent, node }: PlacedNode, find: (id: number) => PlacedNode): string {
  if (node.key.length === 0) return node.tree.name
  return (
    ifKnown(() => listedName(find(parent).node, node)) ?? node.attribute('ipfs.cid') ?? 'unnamed'
  )
}

/** Returns the name under which a folder lists a node; undefined where it is not among the first. */
function listedName(folder: TreeNode, node: TreeNode): string | undefined {
  let found: string | undefined
  let left = MAX_ENTRIES
  folder.list(0, ({ key, name }) => {
    if (Buffer.compare(key, node.key) === 0) found = printable(name)
    return found === undefined && --left > 0
  })
  return found
}

/** A message must not fail for what is not at hand of the folders above. */
function ifKnown<T>(find: () => T): T | undefined {
  try {
    return find()
  } catch (error) {
    if (isKitError(error) || error instanceof NotReady) return undefined
    throw error
  }
}
