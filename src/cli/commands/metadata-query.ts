/** `metadata query`, `metadata search`: find records of the index. */
import { metadataQuery } from '../../operations/metadata-query.js'
import { presentedFields } from '../../metadata/presented.js'
import { absentHome, isHomeAbsent } from '../../operations/home-there.js'
import { flagOf, valueOf, type Context } from '../context.js'
import { table } from '../table.js'
import { countFrom, namesFrom } from '../values.js'
import { KitError } from '../../core/errors.js'
import { Verbatim } from '../../core/snake-case.js'

const LIMIT = 1000
/** The fields that people see where they ask for none. */
const SHOWN = ['cid', 'size_bytes', 'mime_type', 'pinned', 'filename']
const NUMBERS = ['int', 'float']

export async function run(context: Context): Promise<void> {
  const limit = countFrom(context, 'limit') ?? LIMIT
  const given = namesFrom(context, 'columns')
  const count = flagOf(context, 'count')
  const request = {
    ...askedFor(context),
    columns: given ?? (context.json ? undefined : SHOWN),
    order: valueOf(context, 'order'),
    // One more tells that there are more.
    limit: limit + 1,
    count
  }
  const { columns, records, total } = await metadataQuery(context.services, request, context.run)
  const shown = records.slice(0, limit).map((record) => presentedFields(record, columns))
  const truncated = records.length > limit
  if (context.json)
    return context.answer(count ? { total } : { records: new Verbatim(shown), truncated })
  if (count) return context.print(String(total))
  if (context.quiet) return context.print(records.slice(0, limit).map(({ cid }) => cid))
  if (shown.length === 0) return context.note(emptyText(context))
  const right = columns.flatMap(({ type }, i) => (NUMBERS.includes(type.kind) ? [i] : []))
  const head = columns.map(({ text }) => text)
  const rows = shown.map((row) => Object.values(row).map(cellOf))
  context.print(table([head, ...rows], right).map((line) => line.trimEnd()))
  if (truncated) context.note(`the first ${limit}; \`--limit N\` lists more`)
}

function askedFor(context: Context) {
  const where = valueOf(context, 'where')
  const [word] = context.args
  if (context.command === 'metadata search')
    return { text: word, fields: namesFrom(context, 'fields'), where }
  if (word !== undefined && where !== undefined)
    throw new KitError('USAGE', 'give the expression once, as --where or as the argument')
  return { where: where ?? word }
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return '–'
  if (Array.isArray(value)) return value.map(cellOf).join(', ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}

const emptyText = ({ home }: Context): string =>
  isHomeAbsent(home)
    ? absentHome(home)
    : 'the index has no such content; `ipfs-kit metadata refresh` takes in what is pinned'
