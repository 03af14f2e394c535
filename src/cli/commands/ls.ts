/** `ls`: lists a folder, in the order of its table. */
import { ls, type ListedNode } from '../../operations/ls.js'
import { flagOf, type Context } from '../context.js'
import { table } from '../table.js'

export async function run(context: Context): Promise<void> {
  const { entries } = await ls(context.services, { path: context.args[0]! }, context.run)
  if (context.json) context.answer({ entries: entries.map(essential) })
  else if (context.quiet) for (const { cid } of entries) context.print(cid)
  else print(context, entries)
}

/** Returns an entry as the JSON document has it, without what only -l shows. */
const essential = ({ mode: _mode, mtime: _mtime, problem: _problem, ...rest }: ListedNode) => rest

function print(context: Context, entries: readonly ListedNode[]): void {
  const long = flagOf(context, 'long')
  const cells = entries.map(({ name, cid, type, size, mode, mtime, problem }) => [
    ...(long ? [mode ?? '-', mtime ?? '-'] : []),
    type ?? problem ?? '',
    size === null ? '-' : String(size),
    cid,
    name + (type === 'directory' ? '/' : '')
  ])
  for (const line of table(cells, long ? [3] : [1])) context.print(line)
}
