/** `wal show`: shows all of one operation. */
import { walShow } from '../../operations/wal-show.js'
import type { Context } from '../context.js'
import { table } from '../table.js'

export async function run(context: Context): Promise<void> {
  const record = await walShow(context.services, { id: context.args[0]! }, context.run)
  if (context.json) return context.answer(record)
  const { parameters, result, ...rest } = record
  const rows = Object.entries(rest).map(([name, value]) => [name, textOf(name, value)])
  for (const [name, value] of Object.entries(parameters)) rows.push([`parameters.${name}`, value])
  for (const [name, value] of Object.entries(result ?? {}))
    rows.push([`result.${name}`, textOf(name, value)])
  context.print(table(rows))
}

function textOf(name: string, value: string | number | null): string {
  if (value === null) return '–'
  const isTime = name === 'timestamp' || name.endsWith('_at')
  return isTime ? new Date(value).toISOString() : String(value)
}
