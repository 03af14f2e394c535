/** `config show`: shows each value of the configuration, and where it comes from. */
import { configShow } from '../../operations/config-show.js'
import { sourcesFrom } from '../config-sources.js'
import type { Context } from '../context.js'
import { table } from '../table.js'

export async function run(context: Context): Promise<void> {
  const { home, options, args } = context
  const [key] = args
  const { file, fileExists, settings } = configShow({ home, sources: sourcesFrom(options), key })
  if (context.json) {
    context.answer({ file, fileExists, settings })
    return
  }
  if (key === undefined)
    context.print(`${file}${fileExists ? '' : ' (not there, so the defaults hold)'}`)
  const rows = settings.map(({ key, value, origin, source }) => [
    key,
    typeof value === 'string' ? value : JSON.stringify(value),
    origin === 'environment' || origin === 'flag' ? `${origin} ${source}` : origin
  ])
  for (const line of table(rows)) context.print(line)
}
