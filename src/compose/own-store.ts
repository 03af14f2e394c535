/** Makes the owner of a home whose lock we hold. */
import { Content, TABLE_MEMORY } from '../content/content.js'
import { below, leavesOf } from '../content/walk.js'
import { LocalOwner, type DagPorts } from '../service/local-owner.js'
import { BlockStore, type StoreOptions } from '../store/block-store.js'

export function ownStore(
  home: string,
  lock: { release(): void },
  options: StoreOptions,
  alone = false
): LocalOwner {
  const store = BlockStore.open(home, options)
  const content = new Content(store.reader, store.reader, { memory: TABLE_MEMORY })
  const dag: DagPorts = {
    below: (roots) => below(roots, content),
    leavesOf: (root) => leavesOf(root, content)
  }
  return new LocalOwner(store, lock, dag, alone)
}
