/**
 * Notes of reads by processes that do not own the home: lines of a file, which whoever writes the index takes in later. A note
 * costs no lock and no sync: of a crash, or a home that cannot be written, a few reads stay uncounted.
 */
import { closeSync, fstatSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { systemCode } from '../core/errors.js'
import { ifPresent, makeSubfolder, openOwn, writeFully } from '../core/fs-durable.js'
import { indexFolder } from './index-files.js'
import type { IndexPatch } from './patch.js'

/** Bytes of notes that wait; of more, those that come first count. */
const MAX_BYTES = 1 << 20

const pathOf = (home: string): string => join(indexFolder(home), 'reads')

/** Notes that content was read. Never throws for want of a place. @param at ms since 1970. */
export function noteRead(home: string, cid: string, at: number): void {
  try {
    makeSubfolder(indexFolder(home))
    const fd = openOwn(pathOf(home), 'append')
    try {
      // One write of so few bytes is never mixed with another.
      if (fstatSync(fd).size < MAX_BYTES) writeFully(fd, Buffer.from(`${at} ${cid}\n`))
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    // Such as a home that cannot be written.
    if (systemCode(error) === undefined) throw error
  }
}

/** Returns whether notes wait. */
export const hasReads = (home: string): boolean =>
  ifPresent(() => statSync(pathOf(home))) !== undefined

/** Takes the notes, as changes of the records that there are. Whoever takes them records them. */
export function takeReads(home: string): readonly IndexPatch[] {
  const taken = `${pathOf(home)}.${process.pid}`
  const bytes = ifPresent(() => {
    renameSync(pathOf(home), taken)
    return readFileSync(taken, 'utf8')
  })
  if (bytes === undefined) return []
  rmSync(taken, { force: true })
  const reads = new Map<string, { count: number; last: number }>()
  for (const line of bytes.split('\n')) {
    const [, at, cid] = /^(\d{1,15}) (\S+)$/.exec(line) ?? []
    if (cid === undefined) continue
    const known = reads.get(cid) ?? { count: 0, last: 0 }
    reads.set(cid, { count: known.count + 1, last: Math.max(known.last, Number(at)) })
  }
  return [...reads].map(([cid, accesses]) => ({ cid, at: accesses.last, accesses, only_known: true })) // prettier-ignore
}
