/** `version`: shows the version of this program and of what it runs on. */
import { version } from '../../operations/version.js'
import type { Context } from '../context.js'
import { table } from '../table.js'

export async function run(context: Context): Promise<void> {
  const report = version()
  if (context.json) context.answer(report)
  else
    for (const line of table([
      ['ipfs-kit', report.version],
      ['Node.js', report.node],
      ['system', `${report.platform}, ${report.kernel}`]
    ]))
      context.print(line)
}
