/** `stat`: what a CIDPATH is, and how much of it is here. */
import { typeName } from '../../content/adder.js'
import { walk } from '../../content/walk.js'
import { linksOf } from '../../formats/links.js'
import { formatSize } from '../../config/units.js'
import type { Content } from '../../content/content.js'
import type { Cid } from '../../core/cid.js'
import { KitError } from '../../core/errors.js'
import { NotReady } from '../../core/not-ready.js'
import type { Context, ContentView } from '../context.js'
import { upstreamOptions } from '../remote.js'
import { table } from '../table.js'
import { timeText } from '../time.js'
import { findTarget } from '../target.js'

export async function run(context: Context): Promise<void> {
  const reading = context.services.openReading(context.home, upstreamOptions(context))
  try {
    await tell(context, reading)
  } finally {
    await reading.close()
  }
}

async function tell(context: Context, reading: ContentView): Promise<void> {
  const { content } = reading
  const { cid } = await reading.fetched(() => findTarget(context.args[0]!, reading))
  const stat = await reading.fetched(() => content.stat(cid))
  let blocks = 0
  let dagSize = 0
  let depth = 0
  let missing = 0
  for (const visit of walk([cid], (wanted) => ifHere(content, wanted))) {
    if (visit.block === undefined) missing++
    else {
      blocks++
      dagSize += visit.block.length
      depth = Math.max(depth, visit.depth)
    }
  }
  const links = linksOf(cid.codec, content.blocks.get(cid)).length
  const mtime = stat.mtime === undefined ? null : timeText(stat.mtime)
  const mode = stat.mode === undefined ? null : (stat.mode & 0o7777).toString(8).padStart(4, '0')
  const payload = {
    cid: String(cid),
    type: typeName(stat.kind),
    size: stat.size,
    dag_size: dagSize,
    blocks,
    links,
    depth,
    local: missing === 0,
    mode,
    mtime
  }
  if (context.json) context.answer(payload)
  else
    for (const line of table([
      ['CID', payload.cid],
      ['type', payload.type],
      ['size', `${stat.size} bytes (${formatSize(stat.size)})`],
      [
        'DAG',
        `${dagSize} bytes in ${blocks} blocks, ${depth} levels deep, ${links} links at the root`
      ],
      ['local', missing === 0 ? 'yes, all of it' : `no: ${missing} blocks are missing`],
      ['mode', mode ?? '-'],
      ['mtime', mtime ?? '-']
    ]))
      context.print(line)
}

/** A block that is in the store or the cache: what would have to be fetched is missing here. */
function ifHere(content: Content, cid: Cid): Uint8Array {
  try {
    return content.blocks.get(cid)
  } catch (error) {
    if (!(error instanceof NotReady)) throw error
    throw new KitError('BLOCK_NOT_FOUND', `${cid} is not here`, { cause: error })
  }
}
