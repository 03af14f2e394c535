/** `backend ls`: lists the backends with their state and statistics. */
import { backendList } from '../../operations/backend-list.js'
import { describeBackend } from '../backends.js'
import type { Context } from '../context.js'
import { table } from '../table.js'

export async function run(context: Context): Promise<void> {
  const { backends } = await backendList(context.services, {}, context.run)
  if (context.json) return context.answer({ backends })
  if (backends.length === 0)
    context.print('there are no backends; add one with `ipfs-kit backend add`')
  const rows = backends.map(({ name, type, priority, report }) => [
    name,
    type,
    `priority ${priority}`,
    describeBackend(report)
  ])
  for (const line of table(rows)) context.print(line)
}
