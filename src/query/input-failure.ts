/** What is wrong with a file that became no table: its name, the line, and what is there. */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { KitError } from '../core/errors.js'
import { sqlFailure } from './failure.js'
import type { TableInput } from './ports.js'
import { NO_SEPARATOR } from './table-readers.js'

/** @returns CORRUPT_FORMAT for what lies in the file; anything else is as it was. */
export async function inputFailure(error: unknown, input: TableInput): Promise<KitError> {
  const { file } = input
  const failure = sqlFailure(error)
  if (!['CORRUPT_FORMAT', 'INVALID_ARGUMENT', 'IO', 'UNSUPPORTED'].includes(failure.code)) return failure // prettier-ignore
  const text = failure.message.replace(/^SQL: /, '')
  const line =
    (await badLine(input, text.includes('sniffing') || text.includes(NO_SEPARATOR))) ??
    /\b[Ll]ine:? (\d+)/.exec(text)?.[1]
  const where = line === undefined ? file : `${file}, line ${line}`
  return new KitError('CORRUPT_FORMAT', `${where}: ${reasonIn(text)}`, { cause: error })
}

/** Returns what is wrong, without the options of DuckDB that cannot be set here. */
function reasonIn(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(\*|Possible fixes|file ?=|delimiter ?=|quote ?=|escape ?=|new_line|header ?=|skip_rows|comment|strict_mode|date_format|timestamp_format|null_padding|sample_size|ignore_errors|all_varchar|CSV Error on Line|LINE \d)/.test(line)) // prettier-ignore
  return lines.join(' ').slice(0, 500)
}

/** Lines that are looked at for the one that is wrong. */
const MAX_LINES = 5_000_000

/** Returns the first line that is no JSON, of a file that has a value in each; DuckDB counts otherwise. */
async function badLine(
  { file, format }: TableInput,
  isUnclear: boolean
): Promise<number | undefined> {
  // prettier-ignore
  if (/\.(gz|zst)$/i.test(file)) return undefined
  if (format === 'csv' && isUnclear) return await oddLine(file)
  if (format !== 'ndjson') return undefined
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Infinity })
  let number = 0
  try {
    for await (const line of lines) {
      number++
      if (number === 1 && /^\s*(\[|\{\s*$)/.test(line)) return undefined
      if (number > MAX_LINES) return undefined
      if (line.trim() !== '' && !isJson(line)) return number
    }
    return undefined
  } finally {
    lines.close()
  }
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line)
    return true
  } catch {
    return false
  }
}

/** Returns the first line of a CSV file that has another number of fields than its header. */
async function oddLine(file: string): Promise<number | undefined> {
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Infinity })
  let number = 0
  let separator: string | undefined
  let fields = 0
  let isOpen = false
  try {
    for await (const line of lines) {
      if (++number > MAX_LINES) return undefined
      separator ??= [',', ';', '\t', '|'].find((one) => line.includes(one))
      // A quoted field may go over several lines, which are not counted one by one.
      if (line.split('"').length % 2 === 0) isOpen = !isOpen
      if (isOpen || separator === undefined || line.includes('"')) continue
      const count = line.split(separator).length
      if (fields === 0) fields = count
      else if (count !== fields && line !== '') return number
    }
    return undefined
  } finally {
    lines.close()
  }
}
