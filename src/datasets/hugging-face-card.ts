/**
 * README.md as the Hugging Face Hub reads it: YAML between two lines `---`, and text.
 * Source: https://huggingface.co/docs/hub/datasets-cards
 */
import { KitError } from '../core/errors.js'
import { columnType, type ColumnType } from './column-type.js'
import { featureOf, textIn, wordsOf, type Described } from './description.js'
import type { Metadata } from './version-block.js'

export const CARD_FILE = 'README.md'

const DTYPES: Readonly<Record<string, string>> = {
  BOOLEAN: 'bool',
  TINYINT: 'int8',
  SMALLINT: 'int16',
  INTEGER: 'int32',
  BIGINT: 'int64',
  UTINYINT: 'uint8',
  USMALLINT: 'uint16',
  UINTEGER: 'uint32',
  UBIGINT: 'uint64',
  HUGEINT: 'float64',
  UHUGEINT: 'float64',
  FLOAT: 'float32',
  DOUBLE: 'float64',
  BLOB: 'binary',
  DATE: 'date32',
  TIME: 'time64[us]',
  TIMESTAMP: 'timestamp[us]',
  TIMESTAMP_S: 'timestamp[ms]',
  TIMESTAMP_MS: 'timestamp[ms]',
  TIMESTAMP_NS: 'timestamp[ns]',
  'TIMESTAMP WITH TIME ZONE': 'timestamp[us, tz=UTC]'
}
/** Keys of a feature by which it has a type of Hugging Face's own, such as `class_label` or `image`. */
const TYPES = ['dtype', 'list', 'large_list', 'sequence', 'struct']

export async function huggingFaceCard(version: Described): Promise<string> {
  const { stringify } = await import('yaml')
  const { name, schema, rows, files, metadata, partitionBy } = version
  const title = textIn(metadata, 'title') ?? name
  const license = metadata['license']
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  const path = files.length === 1 && partitionBy.length === 0 ? files[0]!.path : '**/*.parquet'
  const head = {
    pretty_name: title,
    ...(license === undefined ? {} : { license }),
    dataset_info: {
      features: schema.map((column) => {
        const known = featureOf(metadata, column.name)
        return known !== undefined && TYPES.some((key) => key in known) ? known : { name: column.name, ...featureIn(columnType(column.type)) } // prettier-ignore
      }),
      splits: [{ name: 'train', num_bytes: bytes, num_examples: rows }],
      download_size: bytes,
      dataset_size: bytes
    },
    configs: [{ config_name: 'default', data_files: [{ split: 'train', path }] }]
  }
  const description = textIn(metadata, 'description')
  return `---\n${stringify(head)}---\n\n# ${title.replaceAll(/\s+/g, ' ')}\n${description === undefined ? '' : `\n${description}\n`}`
}

function featureIn(type: ColumnType): Record<string, unknown> {
  if (type.kind === 'struct')
    return { struct: type.fields.map((field) => ({ name: field.name, ...featureIn(field.type) })) }
  if (type.kind === 'list') {
    const inner = featureIn(type.of)
    return { list: inner['dtype'] ?? inner['struct'] ?? inner }
  }
  if (type.name === 'DECIMAL') return { dtype: `decimal128(${type.parameters.join(', ')})` }
  return { dtype: DTYPES[type.name] ?? 'string' }
}

/** Returns the words of a card; none for a text that has no front matter. @throws CORRUPT_FORMAT. */
export async function readHuggingFaceCard(text: string): Promise<Metadata> {
  const found = /^\uFEFF?---[ \t]*\r?\n(.*?\r?\n)---[ \t]*(?:\r?\n(.*))?$/s.exec(text)
  if (found === null) return {}
  const { parse } = await import('yaml')
  let head: unknown
  try {
    head = parse(found[1]!)
  } catch (cause) {
    throw new KitError('CORRUPT_FORMAT', `the YAML between its lines --- cannot be read: ${(cause as Error).message.split('\n')[0]}`, { cause }) // prettier-ignore
  }
  const card = objectOf(head)
  const infos: unknown = card['dataset_info']
  const info = objectOf(Array.isArray(infos) ? (infos as unknown[])[0] : infos)
  return wordsOf({
    title: card['pretty_name'],
    description: info['description'] ?? proseIn(found[2] ?? ''),
    license: card['license'],
    features: info['features']
  })
}

const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {}

/** Returns the text below the first heading, up to the next. */
const proseIn = (text: string): string =>
  text
    .trimStart()
    .replace(/^# [^\n]*(\n|$)/, '')
    .split(/^#/m)[0]!
    .trim()
