/** `gc`: removes the blocks that no pin reaches. */
import { formatSize } from '../../config/units.js'
import { gc } from '../../operations/gc.js'
import type { Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const report = await gc(context.services, {}, context.run)
  if (context.json) context.answer(report)
  else {
    context.print(
      `removed ${report.removedBlocks} blocks, freed ${formatSize(report.freedBytes)}; ${report.keptBlocks} blocks kept${doubtful(report.doubtfulBlocks)}`
    )
    if (report.postponedBytes > 0)
      context.print(
        `${formatSize(report.postponedBytes)} more can be freed once there is room to move the blocks beside them: run \`ipfs-kit gc\` again then`
      )
  }
}

const doubtful = (blocks: number): string =>
  blocks === 0 ? '' : `, ${blocks} of them only because a pin may lead to them`
