/** `parquet_store_dataframe`: makes a version of a dataset. */
import { statSync } from 'node:fs'
import * as z from 'zod'
import { inputFormat, madeVersion } from '../../api/schemas.js'
import { KitError } from '../../core/errors.js'
import { datasetAppend } from '../../operations/dataset-append.js'
import {
  INPUT_FORMATS,
  type DatasetSource,
  type InputFormat
} from '../../operations/dataset-inputs.js'
import { datasetPut } from '../../operations/dataset-put.js'
import type { AllowedFolders } from '../allowed-folders.js'
import { broughtBytes, broughtInput, streamOf } from '../brought.js'
import { datasetName, datasetUri } from '../dataset-fields.js'
import { ADDING, tool } from '../tool.js'

const MOST_ROWS_BROUGHT = 20_000

const row = z.record(z.string(), z.json())

export const parquetStore = tool({
  name: 'parquet_store_dataframe',
  title: 'Store a table',
  description:
    'Stores a table as Parquet under the name of a dataset: as a new version that replaces the rows, or with mode "append" ' +
    'behind the rows of the newest version. Earlier versions stay. Give `rows` as objects, or a file as `text`, `base64` or ' +
    '`path` with its `format`. Column types are found out from the values.',
  input: z.strictObject({
    name: datasetName,
    rows: z
      .array(row)
      .min(1)
      .max(MOST_ROWS_BROUGHT)
      .optional()
      .describe('The rows as objects of column and value, all with the same columns.'),
    ...broughtInput,
    format: inputFormat
      .optional()
      .describe('What `text` or `base64` is; of a path the end of its name says it.'),
    mode: z.enum(['replace', 'append']).default('replace'),
    partition_by: z
      .array(z.string().min(1))
      .max(16)
      .default([])
      .describe('Columns by whose values the rows are kept in folders; with mode replace.'),
    key: z
      .array(z.string().min(1))
      .max(16)
      .default([])
      .describe('Columns that tell rows apart; with mode replace.'),
    message: z.string().max(2000).default('').describe('What changed, for the history.'),
    tags: z.array(z.string()).max(32).default([])
  }),
  output: z.object({
    ...madeVersion.shape,
    cid: madeVersion.shape.cid.describe('CID of the version, which has the data and the history.'),
    uri: z.string(),
    unchanged: z.boolean().describe('Whether this is the version that was there already.')
  }),
  annotations: { ...ADDING, idempotentHint: false },
  call: async (input, { services, run, folders }) => {
    const { name, mode, message, tags, key, partition_by: partitionBy } = input
    const { source, inputFormat } = sourceOf(input, folders)
    const request = { name, sources: [source], inputFormat, message, tags }
    if (mode === 'append' && key.length + partitionBy.length > 0)
      throw new KitError('INVALID_ARGUMENT', 'what is appended has the key and the partitions of the version before') // prettier-ignore
    const made =
      mode === 'append'
        ? await datasetAppend(services, request, run)
        : await datasetPut(services, { ...request, partitionBy, key }, run)
    const { version, cid, rows, bytes, unchanged } = made
    return { structured: { name, version, cid, uri: datasetUri(name, version), rows, bytes, unchanged } } // prettier-ignore
  }
})

interface Given {
  readonly rows?: readonly unknown[] | undefined
  readonly text?: string | undefined
  readonly base64?: string | undefined
  readonly path?: string | undefined
  readonly format?: InputFormat | undefined
}

function sourceOf(
  given: Given,
  folders: AllowedFolders
): { readonly source: DatasetSource; readonly inputFormat: InputFormat | undefined } {
  const { rows, text, base64, path, format } = given
  if (rows !== undefined) {
    if (text !== undefined || base64 !== undefined || path !== undefined)
      throw new KitError('INVALID_ARGUMENT', 'give `rows`, or one of `text`, `base64` and `path`')
    const lines = broughtBytes({ text: rows.map((one) => `${JSON.stringify(one)}\n`).join('') })
    return { source: { stream: streamOf(lines!) }, inputFormat: 'ndjson' }
  }
  const bytes = broughtBytes(given)
  if (bytes === undefined) return { source: fileAt(folders.allow(path!), path!), inputFormat: format } // prettier-ignore
  if (format === undefined) throw new KitError('INVALID_ARGUMENT', `say what the content is with \`format\`: ${INPUT_FORMATS.join(', ')}`) // prettier-ignore
  return { source: { stream: streamOf(bytes) }, inputFormat: format }
}

/** Links in a folder would lead out of what may be read. */
function fileAt(real: string, path: string): string {
  if (statSync(real).isDirectory())
    throw new KitError('IS_A_DIRECTORY', `${path} is a folder; name one file of it`)
  return real
}
