/** `metadata set`: sets what people say of content. */
import { KitError } from '../../core/errors.js'
import { Verbatim } from '../../core/snake-case.js'
import { presentedRecord } from '../../metadata/presented.js'
import { DESCRIBED } from '../../metadata/record.js'
import { COLUMN_NAMES } from '../../metadata/schema.js'
import { metadataSet } from '../../operations/metadata-tag.js'
import { listOf, type Context } from '../context.js'
import { metadataLines } from '../metadata-lines.js'

export async function run(context: Context): Promise<void> {
  const [path, ...words] = context.args
  const request = { paths: [path!], set: settingsOf(words, listOf(context, 'property')) }
  const { records } = await metadataSet(context.services, request, context.run)
  if (context.json) return context.answer({ records: new Verbatim(records.map(presentedRecord)) })
  for (const record of records) context.print(metadataLines(record))
}

/** Names that are fields go there, others become properties. @throws USAGE for a field of the index. */
function settingsOf(words: readonly string[], properties: readonly string[]) {
  if (words.length + properties.length === 0)
    throw new KitError('USAGE', `give a field as NAME=VALUE (${SETTABLE}), or a property of your own`) // prettier-ignore
  const given = words.map(fieldOf)
  const own = properties.map((word) => ({ ...pairOf(word), isField: false }))
  const fields = given.filter(({ isField }) => isField)
  const others = [...given.filter(({ isField }) => !isField), ...own]
  return {
    ...(fields.length === 0 ? {} : { metadata: valuesOf(fields) }),
    ...(others.length === 0 ? {} : { properties: valuesOf(others) })
  }
}

interface Pair {
  readonly name: string
  readonly value: string | null
}

const SETTABLE = DESCRIBED.join(', ')

function fieldOf(word: string): Pair & { readonly isField: boolean } {
  const { name, value } = pairOf(word)
  if (name.startsWith('properties.')) return { name: name.slice('properties.'.length), value, isField: false } // prettier-ignore
  const short = name.replace(/^metadata\./, '')
  if (DESCRIBED.some((field) => field === short)) return { name: short, value, isField: true }
  const [column = ''] = name.split('.')
  if (!COLUMN_NAMES.includes(column)) return { name, value, isField: false }
  const way = column === 'tags' ? '; `ipfs-kit metadata tag` changes tags' : ''
  throw new KitError(
    'USAGE',
    `"${name}" is what the index itself knows, and is not set: ${SETTABLE} are, and with --property ${word} a property of your own${way}`
  )
}

function pairOf(word: string): Pair {
  const at = word.indexOf('=')
  if (at <= 0) throw new KitError('USAGE', `name and value are given as NAME=VALUE, not "${word}"`)
  const value = word.slice(at + 1)
  return { name: word.slice(0, at), value: value === '' ? null : value }
}

const valuesOf = (pairs: readonly Pair[]) =>
  Object.fromEntries(pairs.map(({ name, value }) => [name, value]))
