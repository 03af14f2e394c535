/** Errors of DuckDB → codes of ours. */
import { isKitError, KitError, toKitError, type ErrorCode } from '../core/errors.js'
import type { TableSource } from './ports.js'

/** By the class of error that DuckDB's text begins with. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  Parser: 'INVALID_ARGUMENT',
  Syntax: 'INVALID_ARGUMENT',
  Binder: 'INVALID_ARGUMENT',
  Catalog: 'INVALID_ARGUMENT',
  Conversion: 'INVALID_ARGUMENT',
  'Out of Range': 'INVALID_ARGUMENT',
  'Mismatch Type': 'INVALID_ARGUMENT',
  'Invalid Type': 'INVALID_ARGUMENT',
  'Invalid Input': 'INVALID_ARGUMENT',
  Constraint: 'INVALID_ARGUMENT',
  Parameter: 'INVALID_ARGUMENT',
  'Not implemented': 'UNSUPPORTED',
  Permission: 'ACCESS_DENIED',
  'Out of Memory': 'MEMORY_BUDGET',
  INTERRUPT: 'ABORTED',
  Interrupt: 'ABORTED'
}

/** Words of DuckDB about a file that is not what it says, whose errors have the classes of a user's. */
const DAMAGE =
  /parquet|magic bytes|thrift|page header|dictionary|decompress|snappy|zstd|gzip|brotli|lz4|footer|corrupt|TProtocol|out of buffer|CSV Error|next power of 2|malformed JSON/i

/** Converts what a statement failed with. @param tables whose files are named as the user did. */
export function sqlFailure(error: unknown, tables: readonly TableSource[] = []): KitError {
  if (isKitError(error)) return error
  const text = error instanceof Error ? error.message : ''
  if (text.startsWith('Failed to retrieve bind parameter')) return new KitError('INVALID_ARGUMENT', 'SQL: a parameter was given that the text does not name as $NAME', { cause: error }) // prettier-ignore
  const found = /^(?:Failed to [a-z ]+: )?([A-Z][A-Za-z ]*?) Error: /.exec(text)
  if (found === null) return DAMAGE.test(text) ? new KitError('CORRUPT_FORMAT', `SQL: ${text}`, { cause: error }) : toKitError(error, 'SQL') // prettier-ignore
  const message = oneLine(namedAsAsked(withoutAdvice(text.slice(found[0].length)), tables))
  return new KitError(codeOf(found[1]!, message), `SQL: ${message}`, { cause: error })
}

/** Classes of errors that are about the text of a statement, or its limits, and never about a file. */
const NEVER_DAMAGE: readonly string[] = ['Parser', 'Syntax', 'Binder', 'Catalog', 'Permission', 'Out of Memory', 'INTERRUPT', 'Interrupt'] // prettier-ignore

function codeOf(kind: string, message: string): ErrorCode {
  if (!NEVER_DAMAGE.includes(kind) && DAMAGE.test(ownWords(message))) return 'CORRUPT_FORMAT'
  if (/File too large/.test(message)) return 'TOO_LARGE'
  if (/No space left/.test(message)) return 'NO_SPACE'
  return CODES[kind] ?? (kind === 'IO' ? 'IO' : 'INTERNAL')
}

/** Returns a message without the statement and the values that it quotes. */
const ownWords = (message: string): string =>
  message.replace(/\n+LINE \d+:[\s\S]*$/, '').replaceAll(/'[^']*'|"[^"]*"/g, '')

/** Returns a message without the statement that it quotes, which may be one of ours, and without ends of lines. */
const oneLine = (message: string): string =>
  message
    .replace(/\n+LINE \d+:[\s\S]*$/, '')
    .replaceAll(/\s*\n\s*/g, '; ')
    .trim()

/** Leaves out how to set what cannot be set here. */
const withoutAdvice = (text: string): string =>
  text.replace(/\n+Possible solutions:[\s\S]*$/, '').trim()

function namedAsAsked(message: string, tables: readonly TableSource[]): string {
  let named = message
  for (const { name, files, paths } of tables)
    for (const [i, file] of files.entries()) named = named.replaceAll(file, paths?.[i] ?? name)
  return named
}
