/** `backend ls`: the backends, how they are, and what they gave. */
import { configuredBackends } from '../../../backends/configured.js'
import { describeBackend } from '../backends.js'
import type { Context } from '../context.js'
import { engineReport } from '../remote.js'
import { table } from '../table.js'

export async function run(context: Context): Promise<void> {
  const configured = configuredBackends(context.home)
  // What it gave only an engine knows, which has asked it.
  const report = await engineReport(context.home)
  const known = new Map(report?.remote?.backends.map((backend) => [backend.name, backend]))
  if (context.json) {
    context.answer({
      backends: configured.map((config) => ({ ...config, report: known.get(config.name) ?? null }))
    })
    return
  }
  if (configured.length === 0)
    context.print('there are no backends; add one with `ipfs-kit backend add`')
  const rows = configured.map(({ name, type, priority }) => [
    name,
    type,
    `priority ${priority}`,
    describeBackend(known.get(name))
  ])
  for (const line of table(rows)) context.print(line)
}
