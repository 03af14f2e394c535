/** `gc`: remove what no pin reaches. */
import { formatSize } from '../../config/units.js'
import type { Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const owner = await context.services.openOwner(context.home, (line) => context.warn(line), true)
  try {
    const report = await owner.collect()
    if (context.json) context.answer({ ...report })
    else
      context.print(
        `removed ${report.removed_blocks} blocks, freed ${formatSize(report.freed_bytes)}; ${report.kept_blocks} blocks kept`
      )
  } finally {
    owner.close()
  }
}
