/** Makes the owner of a home whose lock we hold. */
import { systemClock } from '../core/clock.js'
import { Content, TABLE_MEMORY } from '../content/content.js'
import { below, leavesOf } from '../content/walk.js'
import type { Tell } from '../operations/events.js'
import { HomeLog } from '../service/home-log.js'
import { LocalOwner, type DagPorts, type PinIndexing } from '../service/local-owner.js'
import { BlockStore, type StoreOptions } from '../store/block-store.js'
import type { StoreReader } from '../store/reader.js'

export function ownStore(
  home: string,
  lock: { release(): void },
  options: StoreOptions,
  alone = false,
  indexing?: PinIndexing,
  tell?: Tell
): LocalOwner {
  const store = BlockStore.open(home, options)
  const { warn } = options
  const log = new HomeLog(home, { clock: systemClock, log: { warn }, random: Math.random })
  return new LocalOwner(store, log, lock, dagOf, alone, indexing, tell)
}

export function dagOf(reader: StoreReader): DagPorts {
  const content = new Content(reader, reader, { memory: TABLE_MEMORY })
  return {
    below: (roots) => below(roots, content),
    leavesOf: (root) => leavesOf(root, content)
  }
}
