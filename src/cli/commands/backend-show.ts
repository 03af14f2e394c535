/** `backend show`: what a backend was added with. */
import { formatDuration } from '../../config/units.js'
import { mustBeConfigured } from '../backends.js'
import type { Context } from '../context.js'
import { table } from '../table.js'

export function run(context: Context): Promise<void> {
  const {
    name,
    type,
    options,
    priority,
    timeout_ms: timeout,
    read_only: readOnly
  } = mustBeConfigured(context, context.args[0]!)
  if (context.json)
    context.answer({ name, type, options, priority, timeout_ms: timeout, read_only: readOnly })
  else
    for (const line of table([
      ['name', name],
      ['type', type],
      ...Object.entries(options).flatMap(([option, texts]) => texts.map((text) => [option, text])),
      ['priority', String(priority)],
      ['timeout', formatDuration(timeout)],
      ['read-only', readOnly ? 'yes' : 'no']
    ]))
      context.print(line)
  return Promise.resolve()
}
