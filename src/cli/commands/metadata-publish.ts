/** `metadata publish`: publishes the index. */
import { metadataPublish } from '../../operations/metadata-publish.js'
import type { Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const result = await metadataPublish(context.services, {}, context.run)
  if (context.json) return context.answer(result)
  context.print(result.cid)
  for (const { name, backend } of result.names) context.print(`${name} (${backend})`)
}
