/** The blocks of archives: from the store where it has them, else fetched from whoever does. */
import { storedBlocks, type ArchiveBlocks } from '../content/archive-blocks.js'
import { verifyBlock, type Cid } from '../core/cid.js'
import type { ContentView } from './content-view.js'

export function archiveSource(view: ContentView): ArchiveBlocks {
  const stored = storedBlocks(view.reader)
  return {
    leafLength: (cid: Cid) => stored.leafLength?.(cid),
    atHand: (cid: Cid) => stored.atHand?.(cid),
    getBlock: async (cid, options) => {
      if (view.reader.has(cid.key)) return await stored.getBlock(cid, options)
      const block = await view.whenReady(() => view.content.blocks.get(cid))
      verifyBlock(cid, block)
      return block
    }
  }
}
