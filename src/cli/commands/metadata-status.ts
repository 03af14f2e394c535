/** `metadata status`: tells of the index and the role of this node. */
import { metadataStatus } from '../../operations/metadata-status.js'
import type { Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const result = await metadataStatus(context.services, {}, context.run)
  if (context.json) return context.answer(result)
  const { role, keeps, publishes, node, records, partitions, pending, published } = result
  context.print(`role: ${role} (keeps ${keeps}, publishes ${publishes})`)
  context.print(`node: ${node ?? 'none as yet'}`)
  context.print(`records: ${records} in ${partitions} files, ${pending} changes not in them yet`)
  context.print(`published: ${published?.cid ?? 'nothing'}`)
  for (const { name, backend } of published?.names ?? [])
    context.print(`name: ${name} (${backend})`)
}
