/**
 * croissant.json: JSON-LD about a dataset, its files and its columns.
 * Source: https://docs.mlcommons.org/croissant/docs/croissant-spec.html (1.0)
 */
import { KitError } from '../core/errors.js'
import { columnType, type ColumnType } from './column-type.js'
import { featureOf, textIn, wordsOf, type Described } from './description.js'
import type { Metadata } from './version-block.js'

export const CROISSANT_FILE = 'croissant.json'

const TERMS = 'citeAs column conformsTo equivalentProperty extract field fileObject fileProperty fileSet format includes containedIn isLiveDataset jsonPath key md5 parentField path recordSet references regex repeated replace samplingRate separator source subField transform'.split(' ') // prettier-ignore
const CONTEXT = {
  '@language': 'en',
  '@vocab': 'https://schema.org/',
  sc: 'https://schema.org/',
  cr: 'http://mlcommons.org/croissant/',
  rai: 'http://mlcommons.org/croissant/RAI/',
  dct: 'http://purl.org/dc/terms/',
  ...Object.fromEntries(TERMS.map((term) => [term, `cr:${term}`])),
  conformsTo: 'dct:conformsTo',
  data: { '@id': 'cr:data', '@type': '@json' },
  examples: { '@id': 'cr:examples', '@type': '@json' },
  dataType: { '@id': 'cr:dataType', '@type': '@vocab' }
}
const TYPES: readonly (readonly [RegExp, string])[] = [
  [/^BOOLEAN$/, 'sc:Boolean'],
  [/INT(EGER)?$/, 'sc:Integer'],
  [/^(FLOAT|DOUBLE|DECIMAL)$/, 'sc:Float'],
  [/^DATE$/, 'sc:Date'],
  [/^TIMESTAMP/, 'sc:DateTime']
]
/** Identifiers of the set of all files, and of the records. */
const [FILES, ROWS] = ['files', 'rows'] as const

type Json = Readonly<Record<string, unknown>>

export function croissantOf(version: Described): string {
  const { name, cid, schema, files, metadata, rows, partitionBy } = version
  const one = files.length === 1 && partitionBy.length === 0 ? files[0]! : undefined
  const license = metadata['license']
  const objects = files.map(({ path, bytes, sha256 }) => ({ '@type': 'cr:FileObject', '@id': path, name: path, contentUrl: path, contentSize: `${bytes} B`, encodingFormat: 'application/x-parquet', sha256 })) // prettier-ignore
  const set = { '@type': 'cr:FileSet', '@id': FILES, name: FILES, containedIn: files.map(({ path }) => ({ '@id': path })), encodingFormat: 'application/x-parquet', includes: '**/*.parquet' } // prettier-ignore
  const sourceOf = (column: string): Json => {
    if (one !== undefined) return { fileObject: { '@id': one.path }, extract: { column } }
    if (!partitionBy.includes(column)) return { fileSet: { '@id': FILES }, extract: { column } }
    const regex = `${encodeURIComponent(column).replaceAll(/[.*+?^$()|[\]\\]/g, String.raw`\$&`)}=([^/]*)/`
    return { fileSet: { '@id': FILES }, extract: { fileProperty: 'fullpath' }, transform: { regex } } // prettier-ignore
  }
  const field = schema.map((column) => {
    const said = featureOf(metadata, column.name)?.['description']
    const about = typeof said === 'string' ? { description: said } : {}
    return { ...fieldOf(`${ROWS}/${column.name}`, column.name, columnType(column.type)), ...about, source: sourceOf(column.name) } // prettier-ignore
  })
  const document = {
    '@context': CONTEXT,
    '@type': 'sc:Dataset',
    conformsTo: 'http://mlcommons.org/croissant/1.0',
    name: textIn(metadata, 'title') ?? name,
    description: textIn(metadata, 'description') ?? '',
    ...(license === undefined ? {} : { license }),
    url: `ipfs://${cid}`,
    distribution: one === undefined ? [...objects, set] : objects,
    recordSet: [
      {
        '@type': 'cr:RecordSet',
        '@id': ROWS,
        name: ROWS,
        description: `${rows} rows`,
        ...keyOf(metadata),
        field
      }
    ]
  }
  return `${JSON.stringify(document, undefined, 2)}\n`
}

function keyOf(metadata: Metadata): Json {
  const key: unknown = metadata['key']
  return Array.isArray(key) ? { key: key.map((name) => ({ '@id': `${ROWS}/${name}` })) } : {}
}

function fieldOf(id: string, name: string, type: ColumnType): Json {
  const base = { '@type': 'cr:Field', '@id': id, name }
  if (type.kind === 'list') return { ...fieldOf(id, name, type.of), repeated: true }
  if (type.kind === 'struct')
    return { ...base, subField: type.fields.map((one) => fieldOf(`${id}/${one.name}`, one.name, one.type)) } // prettier-ignore
  return { ...base, dataType: TYPES.find(([words]) => words.test(type.name))?.[1] ?? 'sc:Text' }
}

/** Returns what a document says; nothing for JSON that is no Croissant. @throws CORRUPT_FORMAT. */
export function readCroissant(text: string): Metadata {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (cause) {
    throw new KitError('CORRUPT_FORMAT', `it is not JSON: ${(cause as Error).message}`, { cause })
  }
  const { name, description, license, ...rest } = plain(document)
  const [rows] = listOf(rest['recordSet'])
  const features = listOf(plain(rows)['field']).map((one) => {
    const field = plain(one)
    const words = ['name', 'description', 'dataType', 'repeated'].filter((key) => field[key] !== undefined) // prettier-ignore
    return Object.fromEntries(words.map((key) => [key, field[key]]))
  })
  return wordsOf({ title: name, description, license: licenseOf(license), features })
}

/** Returns an object with the names of Croissant and schema.org without their prefixes. */
function plain(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return {}
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key.replace(/^(cr|sc|schema|ml):/, ''), one])) // prettier-ignore
}

const listOf = (value: unknown): readonly unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as unknown[]) : [value]

/** A license may be a work with a name and an address. */
function licenseOf(value: unknown): unknown {
  if (typeof value !== 'object' || Array.isArray(value)) return value
  const { url, name } = plain(value)
  return url ?? name
}
