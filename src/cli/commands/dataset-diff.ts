/** `dataset diff`: compares two versions by their rows. */
import { Verbatim } from '../../core/snake-case.js'
import { datasetDiff } from '../../operations/dataset-diff.js'
import type { Context } from '../context.js'
import { countFrom, namesFrom } from '../values.js'

export async function run(context: Context): Promise<void> {
  const [from, to] = context.args as [string, string?]
  const name = from.split('@')[0]!
  const request = {
    from,
    to: to?.startsWith('@') === true ? `${name}${to}` : to,
    key: namesFrom(context, 'key'),
    limit: countFrom(context, 'limit')
  }
  const diff = await datasetDiff(context.services, request, context.run)
  if (context.json) return context.answer({ ...diff, rows: new Verbatim(diff.rows) })
  const { columns, rows } = diff
  const lines = [
    ...columns.removed.map(({ name, type }) => `- column ${name} ${type}`),
    ...columns.added.map(({ name, type }) => `+ column ${name} ${type}`),
    ...columns.changed.map((one) => `~ column ${one.name} ${one.from} -> ${one.to}`),
    ...rows.removed.map((row) => `- ${JSON.stringify(row)}`),
    ...rows.added.map((row) => `+ ${JSON.stringify(row)}`),
    ...rows.changed.map((row) => `~ ${JSON.stringify(row.from)} -> ${JSON.stringify(row.to)}`)
  ]
  context.print(lines)
  context.note(`${diff.added} added, ${diff.removed} removed, ${diff.changed} changed`)
}
