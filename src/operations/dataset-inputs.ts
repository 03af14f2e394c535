/** The files that become a version of a dataset: what they are, in an order that does not depend on how they were given. */
import { createWriteStream, existsSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { KitError, toKitError } from '../core/errors.js'
import type { TableFormat, TableInput } from '../query/ports.js'
import type { Run } from './run.js'

/** A file of this machine, or a stream. */
export type DatasetSource = string | { readonly stream: AsyncIterable<Uint8Array> }

export const INPUT_FORMATS = ['csv', 'json', 'ndjson', 'parquet', 'arrow'] as const
export type InputFormat = (typeof INPUT_FORMATS)[number]

const BY_SUFFIX: Readonly<Record<string, TableFormat>> = {
  csv: 'csv',
  tsv: 'csv',
  txt: 'csv',
  json: 'ndjson',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  parquet: 'parquet',
  pq: 'parquet',
  arrow: 'arrow',
  arrows: 'arrow',
  feather: 'arrow',
  ipc: 'arrow'
}

/**
 * Returns the files to be read. Several are ordered by their names, so that the order in which they are
 * given does not matter.
 * @param folder of this work, in which a stream is stored.
 * @throws USAGE where a format is to be said, PATH_NOT_FOUND, IS_A_DIRECTORY.
 */
export async function datasetInputs(
  sources: readonly DatasetSource[],
  format: InputFormat | undefined,
  folder: string,
  { signal }: Run
): Promise<TableInput[]> {
  const inputs: TableInput[] = []
  for (const source of [...sources].sort(byName)) {
    if (typeof source === 'string') inputs.push(fileInput(source, format))
    else {
      if (format === undefined) throw new KitError('USAGE', 'say what stdin is with --input-format')
      const file = join(folder, `stdin.${format}`)
      await pipeline(Readable.from(source.stream), createWriteStream(file, { mode: 0o600 }), { signal }) // prettier-ignore
      inputs.push({ file, format: tableFormat(format) })
    }
  }
  return inputs
}

function byName(a: DatasetSource, b: DatasetSource): number {
  const [x, y] = [a, b].map((one) => (typeof one === 'string' ? [basename(one), resolve(one)] : ['', ''])) // prettier-ignore
  const [first, second] = x![0] === y![0] ? [x![1]!, y![1]!] : [x![0]!, y![0]!]
  return Buffer.compare(Buffer.from(first), Buffer.from(second))
}

const tableFormat = (format: InputFormat): TableFormat => (format === 'json' ? 'ndjson' : format)

function fileInput(path: string, format: InputFormat | undefined): TableInput {
  const file = resolve(path)
  try {
    if (statSync(file).isDirectory())
      throw new KitError('IS_A_DIRECTORY', `${path} is a folder; give its files, as ${path}/*.parquet`) // prettier-ignore
  } catch (error) {
    if (!existsSync(file)) throw new KitError('PATH_NOT_FOUND', `${path} does not exist`, { cause: error }) // prettier-ignore
    throw toKitError(error, path)
  }
  if (format !== undefined) return { file, format: tableFormat(format) }
  const found = formatIn(file)
  if (found === undefined) throw new KitError('USAGE', `it cannot be seen from its name what ${path} is; say it with --input-format`) // prettier-ignore
  return { file, format: found }
}

/** Returns what a file is by its name; undefined where that does not say it. */
export function formatIn(path: string): TableFormat | undefined {
  const suffix = /\.([a-z]+)(\.gz|\.zst)?$/i.exec(path)?.[1]?.toLowerCase() ?? ''
  return BY_SUFFIX[suffix]
}

/** Returns whether it can be seen from its name that a file is a table: that of a text is none. */
export const hasTableName = (path: string): boolean =>
  formatIn(path) !== undefined && !/\.txt(\.|$)/i.test(path)
