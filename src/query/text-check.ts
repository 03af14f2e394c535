/** A look at the beginning of a text file, before DuckDB guesses what it may be. */
import { closeSync, openSync, readSync } from 'node:fs'
import { KitError } from '../core/errors.js'
import type { Compression, TableFormat } from './ports.js'

const HEAD = 4096
/** How files of other kinds begin, that get the wrong name now and then. */
const MAGIC: readonly (readonly [string, string])[] = [
  ['PAR1', 'Parquet'],
  ['ARROW1', 'Arrow'],
  ['PK\u0003\u0004', 'a ZIP archive, as workbooks are'],
  ['%PDF', 'a PDF'],
  ['\u001f\u008b', 'compressed with gzip'],
  ['(\u00b5/\u00fd', 'compressed with Zstandard']
]

export const isText = (format: TableFormat): boolean => format === 'csv' || format === 'ndjson'

/** Returns how a file is compressed, by its name, where that is not known otherwise. */
export function compressionOf(file: string, known?: Compression): Compression | undefined {
  if (known !== undefined) return known
  if (/\.gz$/i.test(file)) return 'gzip'
  return /\.zst$/i.test(file) ? 'zstd' : undefined
}

/** Returns the first bytes of a file. */
export function firstBytes(file: string): Buffer {
  const fd = openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(HEAD)
    return bytes.subarray(0, readSync(fd, bytes))
  } finally {
    closeSync(fd)
  }
}

/** Refuses what is no text. @throws CORRUPT_FORMAT that does not name the file. */
export function checkText(file: string, compression?: Compression): void {
  const head = firstBytes(file)
  if (head.length === 0) throw new KitError('CORRUPT_FORMAT', 'the file is empty: it has not even the names of columns') // prettier-ignore
  if (compressionOf(file, compression) !== undefined) return
  const text = head.toString('latin1')
  const [, kind] = MAGIC.find(([begin]) => text.startsWith(begin)) ?? []
  if (kind !== undefined) throw new KitError('CORRUPT_FORMAT', `the file is no text: it is ${kind}`)
  if (/^(?:\u00ff\u00fe|\u00fe\u00ff)/.test(text)) throw new KitError('CORRUPT_FORMAT', 'the file is UTF-16; make it UTF-8, as with `iconv -f UTF-16 -t UTF-8`') // prettier-ignore
  if (head.includes(0)) throw new KitError('CORRUPT_FORMAT', `the file is no text: its byte ${head.indexOf(0)} is zero`) // prettier-ignore
}
