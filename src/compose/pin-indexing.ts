/** Keeps the index of pins current where commands own the home: with few pins, as they wait for it. */
import { backendNames } from '../../backends/configured.js'
import { Content, TABLE_MEMORY } from '../content/content.js'
import { isReadOnly } from '../core/fs-durable.js'
import { writeLocalPinIndex, writePinIndex, type PinIndexSources } from '../operations/pin-index.js'
import { pinnedNode } from '../operations/pin-table.js'
import type { PinIndexing } from '../service/local-owner.js'
import type { BlockStore } from '../store/block-store.js'

/** Pins up to which a command writes the index, in some 20 ms. */
const FEW = 2000

export const pinIndexing = (home: string): PinIndexing => ({
  now: (store, reads) => {
    if (!areFew(store) || isReadOnly(home) || backendNames(home).length > 0) return
    try {
      writeLocalPinIndex(sourcesOf(home, store, reads))
    } catch {
      // Nobody believes the earlier one, and what the command did is done.
    }
  },
  settled: async (store, reads) => {
    if (!areFew(store) || isReadOnly(home)) return
    await writePinIndex(sourcesOf(home, store, reads), new AbortController().signal).catch(
      () => undefined
    )
  }
})

const areFew = ({ pins }: BlockStore): boolean => pins.pins.size <= FEW

function sourcesOf(
  home: string,
  store: BlockStore,
  reads: ReadonlyMap<string, number>
): PinIndexSources {
  const content = new Content(store.reader, store.reader, { memory: TABLE_MEMORY })
  return {
    home,
    pins: () => store.pins.pins,
    describe: (cid) => pinnedNode({ content }, cid),
    reads
  }
}
