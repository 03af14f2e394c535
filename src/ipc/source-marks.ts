/**
 * How a reader knows that a file still shows what is the case, without asking anybody: its schema
 * tells what the files looked like that it was made from, before they were read.
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { ifPresent } from '../core/fs-durable.js'

/** Key of the marks in the metadata of a schema. */
export const SOURCES_KEY = 'ipfs_kit.sources'

/** Paths below the home, each with its size, its time in ns and its inode, or `-` for none. */
export type SourceMarks = Readonly<Record<string, string>>

export function markOf(path: string): string {
  const stat = ifPresent(() => statSync(path, { bigint: true }))
  return stat === undefined ? '-' : `${stat.size} ${stat.mtimeNs} ${stat.ino}`
}

/** @param paths below the home. */
export const marksOf = (home: string, paths: readonly string[]): SourceMarks =>
  Object.fromEntries(paths.map((path) => [path, markOf(join(home, path))]))

/** Returns whether all files are what they were. @param text the marks as JSON. */
export function areCurrent(home: string, text: string | undefined): boolean {
  if (text === undefined) return false
  const marks = Object.entries(JSON.parse(text) as SourceMarks)
  return marks.length > 0 && marks.every(([path, mark]) => markOf(join(home, path)) === mark)
}
