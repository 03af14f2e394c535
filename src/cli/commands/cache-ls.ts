/** `cache ls`: lists the blocks of the cache. */
import { formatSize } from '../../config/units.js'
import { cacheList } from '../../operations/cache-list.js'
import type { Context } from '../context.js'
import { listing } from '../table.js'
import { countFrom } from '../values.js'
import { counted } from '../counted.js'

const LIMIT = 1000

export async function run(context: Context): Promise<void> {
  const limit = countFrom(context, 'limit') ?? LIMIT
  const { blocks, total } = await cacheList(context.services, { limit }, context.run)
  if (context.json) {
    context.answer({ blocks, total })
    return
  }
  if (context.quiet) {
    context.print(blocks.map(({ cid }) => cid))
    return
  }
  if (total === 0) {
    context.note('the cache is empty; it keeps what backends were asked for')
    return
  }
  const rows = blocks.map(({ cid, size, tier, reads, backend }) => [
    cid,
    formatSize(size),
    tier,
    String(reads),
    backend ?? ''
  ])
  context.print(listing(['CID', 'SIZE', 'TIER', 'READS', 'BACKEND'], rows, [1, 3]))
  if (total > blocks.length)
    context.note(
      `${blocks.length} of ${counted(total, 'block')}; \`--limit ${total}\` lists all of them`
    )
}
