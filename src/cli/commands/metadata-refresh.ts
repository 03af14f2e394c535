/** `metadata refresh`: brings the index and its files up to date. */
import { metadataRefresh } from '../../operations/metadata-refresh.js'
import type { Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const result = await metadataRefresh(context.services, {}, context.run)
  if (context.json) return context.answer(result)
  context.print(`${result.records} records, ${result.changed} of them changed`)
}
