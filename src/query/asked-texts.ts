/**
 * Texts of statements that were asked, by their SHA-256, so that their results can be entered in a mount
 * as those of saved queries. They are derived: one that is lost is asked again.
 */
import { createHash } from 'node:crypto'
import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { utf8 } from '../core/bytes.js'
import { isReadOnly, makeDir, writeDerivedFile } from '../core/fs-durable.js'
import { readFileIfAny } from '../core/read-file.js'
import { boundFolder } from './bounded-folder.js'
import { queriesFolder } from './saved-queries.js'

/** Most texts that are remembered; those that were asked first go. */
const MAX_TEXTS = 1000

/** The file of a query ends in a newline, which its text need not have had. */
export const hashesOf = (text: string): string[] =>
  [text, text.trimEnd()].map((one) => createHash('sha256').update(one).digest('hex'))

const folderOf = (home: string): string => join(queriesFolder(home), '.asked')

/** Remembers a text, unless the home cannot be written. */
export function rememberText(home: string, sql: string): void {
  const folder = folderOf(home)
  const path = join(folder, `${hashesOf(sql)[0]!}.sql`)
  if (existsSync(path) || !existsSync(home) || isReadOnly(home)) return
  makeDir(folder)
  const temporary = `${path}.${process.pid}.tmp`
  writeDerivedFile(temporary, [utf8(sql)])
  renameSync(temporary, path)
  boundFolder(folder, MAX_TEXTS)
}

/** Returns the text with a hash that was asked. @returns undefined where none was, or it is damaged. */
export function askedText(home: string, hash: string): string | undefined {
  const path = join(folderOf(home), `${hash}.sql`)
  const text = readFileIfAny(path, 'remove it')?.toString('utf8')
  return text !== undefined && hashesOf(text).includes(hash) ? text : undefined
}
