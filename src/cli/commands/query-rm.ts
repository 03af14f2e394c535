/** `query rm`: forgets saved queries. */
import { queryRemove } from '../../operations/query-saved.js'
import type { Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const { removed } = await queryRemove(context.services, { names: context.args }, context.run)
  if (context.json) context.answer({ removed })
  else if (context.quiet) context.print(removed)
  else for (const name of removed) context.note(`forgot ${name}`)
}
