/** `wal status`: counts operations on backends. */
import { formatSize } from '../../config/units.js'
import { walStatus } from '../../operations/wal-status.js'
import type { Context } from '../context.js'
import { counted } from '../counted.js'
import { table } from '../table.js'

export async function run(context: Context): Promise<void> {
  const status = await walStatus(context.services, {}, context.run)
  if (context.json) return context.answer(status)
  const { operations, nextDue, log, archives } = status
  const due = nextDue === null ? '' : ` (next: ${dueText(nextDue)})`
  context.print(
    table([
      ['pending', `${operations.pending}${due}`],
      ['running', String(operations.running)],
      ['failed', String(operations.failed)],
      ['completed', String(operations.completed)],
      ['cancelled', String(operations.cancelled)],
      ['log', `${counted(log.files, 'file')}, ${formatSize(log.bytes)}`],
      ['archives', `${counted(archives.files, 'file')}, ${formatSize(archives.bytes)}`]
    ])
  )
  if (operations.failed > 0)
    context.note('what has failed is not tried again by itself; `ipfs-kit wal retry --failed` tries it now') // prettier-ignore
}

const dueText = (at: number): string => (at === 0 ? 'now' : new Date(at).toISOString())
