/** The forms in which results of queries are written. */
import { extname } from 'node:path'
import type { ResultFormat } from '../query/ports.js'

export const QUERY_FORMATS = ['table', 'csv', 'json', 'ndjson', 'parquet', 'arrow'] as const
export type QueryFormat = (typeof QUERY_FORMATS)[number]

/** Formats that are no text. */
export const isBinary = (format: QueryFormat): boolean => format === 'parquet' || format === 'arrow'

/** Returns what the end of a file's name says; undefined where it says nothing. */
export function formatOfFile(path: string): ResultFormat | undefined {
  const end = extname(path).slice(1).toLowerCase()
  if (end === 'jsonl') return 'ndjson'
  return (['csv', 'json', 'ndjson', 'parquet', 'arrow'] as const).find((one) => one === end)
}
