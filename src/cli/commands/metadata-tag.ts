/** `metadata tag`: adds and removes tags. */
import { Verbatim } from '../../core/snake-case.js'
import { presentedRecord } from '../../metadata/presented.js'
import { metadataTag } from '../../operations/metadata-tag.js'
import { listOf, type Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const [path, ...words] = context.args
  const removed = words.filter((word) => word.startsWith('-')).map((word) => word.slice(1))
  const add = words.filter((word) => !word.startsWith('-')).map((word) => word.replace(/^\+/, ''))
  const request = { paths: [path!], add, remove: [...removed, ...listOf(context, 'remove')] }
  const { records } = await metadataTag(context.services, request, context.run)
  if (context.json) return context.answer({ records: new Verbatim(records.map(presentedRecord)) })
  for (const { cid, tags } of records) context.print(`${cid} ${(tags ?? []).join(' ')}`.trimEnd())
}
