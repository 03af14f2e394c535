/** `gc`: removes the blocks that no pin reaches. */
import { formatSize } from '../../config/units.js'
import { gc } from '../../operations/gc.js'
import { flagOf, type Context } from '../context.js'
import { counted } from '../counted.js'

export async function run(context: Context): Promise<void> {
  const isDryRun = flagOf(context, 'dry-run')
  const report = await gc(context.services, { isDryRun }, context.run)
  if (context.json) context.answer({ ...report, dryRun: isDryRun })
  else {
    context.print(
      `${isDryRun ? 'would remove' : 'removed'} ${counted(report.removedBlocks, 'block')}, ${isDryRun ? 'free' : 'freed'} ${formatSize(report.freedBytes)}; ${counted(report.keptBlocks, 'block')} kept${doubtful(report.doubtfulBlocks)}`
    )
    if (report.postponedBytes > 0)
      context.print(
        `${formatSize(report.postponedBytes)} more can be freed once there is room to move the blocks beside them: run \`ipfs-kit gc\` again then`
      )
  }
}

const doubtful = (blocks: number): string =>
  blocks === 0 ? '' : `, ${blocks} of them only because a pin may lead to them`
