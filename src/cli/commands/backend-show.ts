/** `backend show`: what a backend was added with, and what holds for the options that were not given. */
import { defaultsOf } from '../../../backends/registry.js'
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
  const defaults = defaultsOf(type, options)
  if (context.json)
    context.answer({ name, type, options, defaults, priority, timeout_ms: timeout, read_only: readOnly }) // prettier-ignore
  else
    for (const line of table([
      ['name', name],
      ['type', type],
      ...Object.entries(options).flatMap(([option, texts]) => texts.map((text) => [option, text])),
      ...Object.entries(defaults).map(([option, text]) => [option, `${text} (default)`]),
      ['priority', String(priority)],
      ['timeout', formatDuration(timeout)],
      ['read-only', readOnly ? 'yes' : 'no']
    ]))
      context.print(line)
  return Promise.resolve()
}
