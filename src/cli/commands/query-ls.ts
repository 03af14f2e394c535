/** `query ls`: lists the saved queries. */
import { queryList } from '../../operations/query-saved.js'
import type { Context } from '../context.js'
import { listing } from '../table.js'

export async function run(context: Context): Promise<void> {
  const { queries } = await queryList(context.services, {}, context.run)
  if (context.json) context.answer({ queries })
  else if (context.quiet) context.print(queries.map(({ name }) => name))
  else if (queries.length === 0)
    context.note('no query is saved; `ipfs-kit query SQL --save NAME` saves one')
  else
    context.print(
      listing(
        ['NAME', 'SQL'],
        queries.map(({ name, sql }) => [name, sql.replaceAll(/\s+/g, ' ').trim()])
      )
    )
}
