/** `stat`: shows what a CIDPATH is, and how much of it is here. */
import { formatSize } from '../../config/units.js'
import { stat } from '../../operations/stat.js'
import type { Context } from '../context.js'
import { table } from '../table.js'
import { counted } from '../counted.js'

export async function run(context: Context): Promise<void> {
  // The JSON document has `local` instead of the number of missing blocks.
  const { missing, ...result } = await stat(
    context.services,
    { path: context.args[0]! },
    context.run
  )
  if (context.json) return context.answer(result)
  const { cid, type, size, dagSize, blocks, depth, links, mode, mtime } = result
  for (const line of table([
    ['CID', cid],
    ['type', type],
    ['size', `${counted(size, 'byte')} (${formatSize(size)})`],
    [
      'DAG',
      `${counted(dagSize, 'byte')} in ${counted(blocks, 'block')}, ${counted(depth, 'level')} deep, ${counted(links, 'link')} at the root`
    ],
    [
      'local',
      missing === 0 ? 'yes, all of it' : `no: ${counted(missing, 'block is', 'blocks are')} missing`
    ],
    ['mode', mode ?? '-'],
    ['mtime', mtime ?? '-']
  ]))
    context.print(line)
}
