/**
 * When pins were read last. The cache counts uses of what backends gave; what is kept here in full is read
 * here, so that its copies on backends are read by nobody, and it is as cold to them as if it were not read.
 */
import { DagWalk } from '../content/dag-walk.js'
import { Cid } from '../core/cid.js'
import { isKitError } from '../core/errors.js'
import { Turns } from '../core/turns.js'
import { isLeafCodec, linksOf } from '../formats/links.js'
import type { ContentView } from './content-view.js'

/**
 * Returns when a pin was read last, ms since 1970; undefined where nobody read it since it came here.
 * Nothing is fetched for it: blocks that are not here were not read lately.
 * @param enough a time that is late enough to end the search.
 */
export async function lastRead(
  view: ContentView,
  root: string,
  enough: number,
  signal: AbortSignal
): Promise<number | undefined> {
  const { blocks } = view.content
  const way = new DagWalk([Cid.parse(root)])
  const turns = new Turns(signal)
  let latest: number | undefined
  for (let next = way.next(); next !== undefined; next = way.next()) {
    if (turns.isDue) await turns.take()
    const { cid, isAgain } = next
    const record = cid.isIdentity ? undefined : blocks.find(cid.key)
    const used = record === undefined ? undefined : blocks.usedAt(record)
    if (used !== undefined && used > (latest ?? 0)) latest = used
    if (latest !== undefined && latest >= enough) return latest
    if (isLeafCodec(cid.codec)) continue
    const block = localBlock(view, cid)
    if (block !== undefined) way.enter(cid, linksOf(cid, block).cids)
    // It was evicted meanwhile: where the walk was in it is not known any more.
    else if (isAgain) return latest
  }
  return latest
}

/** Returns a block; undefined for one that went meanwhile, or is damaged. */
function localBlock(view: ContentView, cid: Cid): Uint8Array | undefined {
  if (cid.isIdentity) return cid.identityBlock
  try {
    return view.content.blocks.get(cid)
  } catch (error) {
    if (isKitError(error)) return undefined
    throw error
  }
}
