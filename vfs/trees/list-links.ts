/** Lists a folder of symlinks whose texts lie in their keys. */
import { utf8 } from '../../src/core/bytes.js'
import type { Cid } from '../../src/core/cid.js'
import type { ContentPort } from '../ports.js'
import type { ListedEntry, Tree } from '../tree.js'
import { ContentEntry } from './content-node.js'
import { byStablePosition } from './stable-positions.js'

/**
 * Calls `emit` for each link behind a position, until it returns false.
 * @param links identity CIDs of symlinks by name.
 */
export function listLinks(
  links: ReadonlyMap<string, Cid>,
  tree: Tree,
  content: ContentPort,
  from: number,
  emit: (entry: ListedEntry) => boolean
): void {
  const entry = new ContentEntry(tree, content)
  for (const { name, position } of byStablePosition([...links.keys()])) {
    if (position <= from) continue
    entry.become(links.get(name)!.bytes, position)
    entry.name = utf8(name)
    if (!emit(entry)) return
  }
}
