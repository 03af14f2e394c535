/** `metadata set`: sets what people say of content. */
import { KitError } from '../../core/errors.js'
import { Verbatim } from '../../core/snake-case.js'
import { presentedRecord } from '../../metadata/presented.js'
import { DESCRIBED } from '../../metadata/record.js'
import { metadataSet } from '../../operations/metadata-tag.js'
import type { Context } from '../context.js'
import { metadataLines } from '../metadata-lines.js'

export async function run(context: Context): Promise<void> {
  const [path, ...words] = context.args
  const request = { paths: [path!], set: settingsOf(words) }
  const { records } = await metadataSet(context.services, request, context.run)
  if (context.json) return context.answer({ records: new Verbatim(records.map(presentedRecord)) })
  for (const record of records) context.print(metadataLines(record))
}

/** Names that are fields go there, all others become properties. */
function settingsOf(words: readonly string[]) {
  const metadata = new Map<string, string | null>()
  const properties = new Map<string, string | null>()
  for (const word of words) {
    const at = word.indexOf('=')
    if (at <= 0)
      throw new KitError('USAGE', `name and value are given as NAME=VALUE, not "${word}"`)
    const name = word.slice(0, at).replace(/^(metadata|properties)\./, '')
    const isField = !word.startsWith('properties.') && DESCRIBED.some((field) => field === name)
    const value = word.slice(at + 1)
    const values = isField ? metadata : properties
    values.set(name, value === '' ? null : value)
  }
  return {
    ...(metadata.size === 0 ? {} : { metadata: Object.fromEntries(metadata) }),
    ...(properties.size === 0 ? {} : { properties: Object.fromEntries(properties) })
  }
}
