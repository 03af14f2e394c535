/**
 * Functions such as read_csv('/ipfs/…') with the local files instead of the paths of the text. The text
 * itself is changed, at the places that DuckDB's parser tells: its serialized form has numbers that
 * JavaScript cannot hold.
 */
import { KitError } from '../core/errors.js'
import type { NamedFile } from './gate.js'
import type { TableSource } from './ports.js'
import { quoted } from './sandbox.js'

/** @param files what the gate found in the statement. @param tables those of their paths. */
export function replaceFiles(
  statement: string,
  files: readonly NamedFile[],
  tables: readonly TableSource[]
): string {
  let bytes: Uint8Array = Buffer.from(statement)
  for (const file of files.toSorted((a, b) => b.at - a.at)) {
    const end = endOfLiteral(bytes, file)
    const table = tables.find(({ name }) => name === file.path)
    if (table === undefined) throw new KitError('ACCESS_DENIED', `${file.path} is not a file of this statement`) // prettier-ignore
    const list = table.files.map(quoted).join(', ')
    const text = Buffer.from(file.isInList ? list : `[${list}]`)
    bytes = Buffer.concat([bytes.subarray(0, file.at), text, bytes.subarray(end)])
  }
  return Buffer.from(bytes).toString()
}

/** Returns where the text in quotes at a place ends. @throws ACCESS_DENIED for other ways to write one. */
function endOfLiteral(bytes: Uint8Array, { path, at }: NamedFile): number {
  const literal = Buffer.from(quoted(path))
  const end = at + literal.length
  if (Buffer.compare(bytes.subarray(at, end), literal) === 0) return end
  throw new KitError('ACCESS_DENIED', `the path ${path} of a function stands in single quotes`)
}
