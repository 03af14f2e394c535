/**
 * `backend show`: shows the options that a backend was added with, and the defaults of the others.
 */
import { DEFAULT_TRUST } from '../../../backends/options.js'
import { formatDuration, formatSize } from '../../config/units.js'
import { backendShow } from '../../operations/backend-show.js'
import type { Context } from '../context.js'
import { table } from '../table.js'

export async function run(context: Context): Promise<void> {
  const shown = await backendShow(context.services, { name: context.args[0]! }, context.run)
  if (context.json) return context.answer(shown)
  for (const line of table([
    ['name', shown.name],
    ['type', shown.type],
    ...Object.entries(shown.options).flatMap(([option, texts]) =>
      texts.map((text) => [option, text])
    ),
    ...Object.entries(shown.secrets),
    ...Object.entries(shown.defaults).map(([option, text]) => [option, `${text} (default)`]),
    ...Object.entries(shown.details),
    ['priority', String(shown.priority)],
    ['timeout', formatDuration(shown.timeout_ms)],
    ['read-only', shown.read_only ? 'yes' : 'no'],
    ['cost', shown.cost === undefined ? `${shown.priority} (its priority)` : String(shown.cost)],
    ['trust', shown.trust ?? `${DEFAULT_TRUST} (default)`],
    ...(shown.recipient === undefined
      ? []
      : [
          ['encrypted for', shown.recipient],
          ['its key', shown.key_file ?? '']
        ]),
    ['max-upload', rateText(shown.max_upload)],
    ['max-download', rateText(shown.max_download)],
    ...(shown.tested_against === null ? [] : [['tested against', shown.tested_against]])
  ]))
    context.print(line)
}

const rateText = (rate: number | undefined): string =>
  rate === undefined ? 'off' : `${formatSize(rate)} a second`
