/** `backend ls`: lists the backends with their state and statistics. */
import { backendList, type ListedBackend } from '../../operations/backend-list.js'
import { describeBackend } from '../backends.js'
import type { Context } from '../context.js'
import { listing } from '../table.js'

export async function run(context: Context): Promise<void> {
  const { backends } = await backendList(context.services, {}, context.run)
  if (context.json) return context.answer({ backends })
  if (backends.length === 0)
    context.print('there are no backends; add one with `ipfs-kit backend add`')
  const rows = backends.map(({ name, type, priority, report, ...placing }) => [
    name,
    type,
    String(priority),
    placingOf(placing),
    describeBackend(report)
  ])
  context.print(listing(['NAME', 'TYPE', 'PRIORITY', 'PLACING', 'STATE'], rows, [2]))
}

/** What the placing of copies looks at, where it is not what it is by default. */
const placingOf = ({
  cost,
  trust,
  read_only: readOnly
}: Pick<ListedBackend, 'cost' | 'trust' | 'read_only'>): string =>
  [
    ...(cost === undefined ? [] : [`cost ${cost}`]),
    ...(trust === undefined ? [] : [trust]),
    ...(readOnly ? ['read-only'] : [])
  ].join(', ')
