/** `wal ls`: lists operations on backends. */
import { absentHome, isHomeAbsent } from '../../operations/home-there.js'
import { walList } from '../../operations/wal-list.js'
import { OPERATION_STATUSES, OPERATION_TYPES, type OperationRecord } from '../../wal/operation-record.js' // prettier-ignore
import { flagOf, valueOf, type Context } from '../context.js'
import { listing } from '../table.js'
import { countFrom, wordFrom } from '../values.js'

const LIMIT = 1000

export async function run(context: Context): Promise<void> {
  const limit = countFrom(context, 'limit') ?? LIMIT
  const all = flagOf(context, 'all')
  const request = {
    status: wordFrom(context, 'status', OPERATION_STATUSES),
    type: wordFrom(context, 'type', OPERATION_TYPES),
    backend: valueOf(context, 'backend'),
    all,
    // One more tells that there are more.
    limit: limit + 1
  }
  const { operations: found } = await walList(context.services, request, context.run)
  const operations = found.length > limit ? found.slice(1) : found
  if (context.json) return context.answer({ operations })
  if (context.quiet) return context.print(operations.map(({ operation_id: id }) => id))
  if (found.length === 0) return context.note(emptyText(context, all))
  context.print(listing(COLUMNS, operations.map(cellsOf), [6]))
  if (found.length > limit) context.note(`the newest ${limit}; \`--limit N\` lists more`)
}

const COLUMNS = ['ID', 'STATUS', 'TYPE', 'BACKEND', 'CID', 'UPDATED', 'RETRIES', 'ERROR']

const cellsOf = (record: OperationRecord): string[] => [
  record.operation_id,
  record.status,
  record.operation_type,
  record.backend,
  record.parameters['cid'] ?? '',
  new Date(record.updated_at).toISOString(),
  `${record.retry_count}/${record.max_retries}`,
  record.error ?? ''
]

function emptyText({ home }: Context, all: boolean): string {
  if (isHomeAbsent(home)) return absentHome(home)
  return all ? 'there are no such operations' : 'there are no such operations; `--all` lists archived ones, too' // prettier-ignore
}
