/** Opens the tree that a mount shows for one piece of work, and closes it afterwards. */
import type { Run } from './run.js'
import type { Services } from './services.js'
import type { TreeView } from './tree-view.js'

export async function withTree<T>(
  services: Services,
  run: Run,
  work: (tree: TreeView) => Promise<T>
): Promise<T> {
  const view = await services.openContent(true, run)
  try {
    return await work(await services.treeOver(view, run))
  } finally {
    await view.close()
  }
}
