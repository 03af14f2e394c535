/** `backend ls`: the backends, how they are, and what they gave. */
import { configuredBackends } from '../../../backends/configured.js'
import { formatSize } from '../../config/units.js'
import type { BackendReport } from '../../daemon/remote.js'
import type { Context } from '../context.js'
import { engineReport } from '../remote.js'
import { table } from '../table.js'

export async function run(context: Context): Promise<void> {
  const configured = configuredBackends(context.home)
  // What it gave only an engine knows, which has asked it.
  const report = await engineReport(context.home)
  const known = new Map(report?.backends.map((backend) => [backend.name, backend]))
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
    describe(known.get(name))
  ])
  for (const line of table(rows)) context.print(line)
}

function describe(report: BackendReport | undefined): string {
  if (report === undefined) return 'not in use: no mount'
  if (report.state === 'unknown') return 'not asked yet'
  const gave = `${report.blocks} blocks, ${formatSize(report.bytes)}`
  const time = report.average_ms === null ? '' : `, ${report.average_ms.toFixed(1)} ms`
  const wrong = report.errors === 0 ? '' : `, ${report.errors} errors (last: ${report.last_error})`
  return `${report.state}: ${gave}${time}${wrong}`
}
