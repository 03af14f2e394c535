/** Saved queries: one file of SQL each, in `queries/` of the home (FORMAT.md). */
import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { utf8 } from '../core/bytes.js'
import { KitError } from '../core/errors.js'
import { fsyncDir, ifPresent, makeDir, replaceFile } from '../core/fs-durable.js'
import { readFileIfAny } from '../core/read-file.js'
import { didYouMean } from '../core/suggest.js'

/** Names are file names on every system, and none of a result, whose names are hashes. */
const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_. -]{0,99}$/u
const HASH = /^[0-9a-f]{64}$/
const END = '.sql'
/** Longest text of a query, in bytes. */
export const MAX_QUERY = 1 << 20

export const queriesFolder = (home: string): string => join(home, 'queries')

/** Returns whether a query can have this name. */
export const isQueryName = (name: string): boolean =>
  NAME.test(name) && !HASH.test(name) && !name.endsWith('.') && !name.endsWith(' ') && Buffer.byteLength(name) <= 200 // prettier-ignore

/** @throws USAGE saying what a name may have. */
export function checkQueryName(name: string): void {
  if (!isQueryName(name))
    throw new KitError('USAGE', `"${name}" is no name for a query; use letters, digits, dashes, dots and spaces, at most 100 of them`) // prettier-ignore
}

/** Returns the names of saved queries, in order. */
export const savedNames = (home: string): string[] =>
  (ifPresent(() => readdirSync(queriesFolder(home))) ?? [])
    .filter((file) => file.endsWith(END) && isQueryName(file.slice(0, -END.length)))
    .map((file) => file.slice(0, -END.length))
    .sort()

/** Returns the text of a saved query; undefined where there is none. @throws USAGE, IO. */
export function savedQuery(home: string, name: string): string | undefined {
  checkQueryName(name)
  return readFileIfAny(join(queriesFolder(home), name + END), `remove it with \`ipfs-kit query rm ${name}\``)?.toString('utf8') // prettier-ignore
}

/** Returns what tells the file of a saved query from any other of its name; undefined where there is none. */
export function stampOfQuery(home: string, name: string): string | undefined {
  if (!isQueryName(name)) return undefined
  const stat = ifPresent(() => statSync(join(queriesFolder(home), name + END), { bigint: true }))
  return stat === undefined ? undefined : `${stat.ino} ${stat.mtimeNs} ${stat.size}`
}

/** Returns the text of a saved query. @throws PATH_NOT_FOUND, USAGE, IO. */
export function requiredQuery(home: string, name: string): string {
  const text = savedQuery(home, name)
  if (text !== undefined) return text
  throw new KitError('PATH_NOT_FOUND', `no query is saved as ${name}${didYouMean(name, savedNames(home))}; see \`ipfs-kit query ls\``) // prettier-ignore
}

/** Saves a query durably; one of that name is replaced. @throws USAGE, TOO_LARGE. */
export function saveQuery(home: string, name: string, sql: string): void {
  checkQueryName(name)
  const bytes = utf8(sql.endsWith('\n') ? sql : `${sql}\n`)
  if (bytes.length > MAX_QUERY) throw new KitError('TOO_LARGE', `a query has at most ${MAX_QUERY} bytes`) // prettier-ignore
  makeDir(queriesFolder(home))
  replaceFile(join(queriesFolder(home), name + END), bytes)
}

/** Removes a saved query durably. @returns whether there was one. @throws USAGE. */
export function removeQuery(home: string, name: string): boolean {
  if (savedQuery(home, name) === undefined) return false
  rmSync(join(queriesFolder(home), name + END))
  fsyncDir(queriesFolder(home))
  return true
}
