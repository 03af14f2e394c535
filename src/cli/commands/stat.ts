/** `stat`: shows what a CIDPATH is, and how much of it is here. */
import { formatSize } from '../../config/units.js'
import { stat } from '../../operations/stat.js'
import type { Context } from '../context.js'
import { table } from '../table.js'

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
    ['size', `${size} bytes (${formatSize(size)})`],
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
