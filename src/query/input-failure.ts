/** What is wrong with a file that became no table: its name, the line, and what is there. */
import { createReadStream } from 'node:fs'
import { KitError } from '../core/errors.js'
import { linesOf } from '../core/line-splitter.js'
import { sqlFailure } from './failure.js'
import type { TableInput, TableSource } from './ports.js'
import { NO_SEPARATOR } from './table-readers.js'
import { compressionOf } from './text-check.js'

type TextFile = TableInput & Pick<TableSource, 'compression'>

/** @param name what the user calls it. @returns CORRUPT_FORMAT for what lies in the file; anything else is as it was. */
export async function inputFailure(
  error: unknown,
  input: TextFile,
  name = input.file
): Promise<KitError> {
  const failure = sqlFailure(error)
  if (!['CORRUPT_FORMAT', 'INVALID_ARGUMENT', 'IO', 'UNSUPPORTED'].includes(failure.code)) return failure // prettier-ignore
  const text = failure.message.replace(/^SQL: /, '')
  const line =
    (await badLine(input, text.includes('sniffing') || text.includes(NO_SEPARATOR))) ??
    /\b[Ll]ine:? (\d+)/.exec(text)?.[1]
  const where = line === undefined ? name : `${name}, line ${line}`
  return new KitError('CORRUPT_FORMAT', `${where}: ${reasonIn(text)}`, { cause: error })
}

/** Lines of DuckDB about its own options, which cannot be set here, and about the file, which is named already. */
const BESIDE = /^(\*|Possible [A-Za-z]+:|The search space|[A-Za-z/]+ Candidates:|Encoding:|Original Line:|file ?=|delimiter ?=|quote ?=|escape ?=|new_line|header ?=|skip_rows|comment|strict_mode|date_format|timestamp_format|null_padding|sample_size|ignore_errors|all_varchar|column_types|CSV Error on Line|LINE \d)/ // prettier-ignore

/** Returns what is wrong. */
function reasonIn(text: string): string {
  if (/error when sniffing file/i.test(text)) return 'it is no table: no separator and no quotes cut all its lines into as many columns' // prettier-ignore
  if (/not utf-8 encoded/i.test(text)) return 'the text is not UTF-8; make it so, as with `iconv -f LATIN1 -t UTF-8`' // prettier-ignore
  // The file is sound: its texts come into a column of JSON, which other files made.
  const [, column] = /Malformed JSON[\s\S]*when casting from source column (.*)/.exec(text) ?? []
  if (column !== undefined) return `its column ${column} has texts, and another file has values of several types in it, or nested ones, which text is not among; give that file texts there, too` // prettier-ignore
  return text
    .split(/\n|; /)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !BESIDE.test(line))
    .join(' ')
    .replaceAll(/ in file "[^"]*"/g, '')
    .slice(0, 500)
}

/** Lines that are looked at for the one that is wrong. */
const MAX_LINES = 5_000_000
/** Bytes of the longest line that is looked at: a longer one is no row of a table. */
const MAX_LINE = 64 << 20

/** Returns the first line that is no JSON, of a file that has a value in each; DuckDB counts otherwise. */
async function badLine(
  { file, format, compression }: TextFile,
  isUnclear: boolean
): Promise<number | undefined> {
  // prettier-ignore
  if (compressionOf(file, compression) !== undefined) return undefined
  if (format === 'csv' && isUnclear) return await oddLine(file)
  if (format !== 'ndjson') return undefined
  let number = 0
  for await (const line of linesOf(createReadStream(file), MAX_LINE)) {
    number++
    if (number === 1 && /^\s*(\[|\{\s*$)/.test(line)) return undefined
    if (number > MAX_LINES) return undefined
    if (line.trim() !== '' && !isJson(line)) return number
  }
  return undefined
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
  let number = 0
  let separator: string | undefined
  let fields = 0
  let isOpen = false
  for await (const line of linesOf(createReadStream(file), MAX_LINE)) {
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
}
