/**
 * What a migration replaces is copied first, and written down with what it makes, so that all of it can
 * be taken back to the byte.
 */
import { chmodSync, copyFileSync, existsSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs' // prettier-ignore
import { dirname, join } from 'node:path'
import { KitError } from '../core/errors.js'
import { fsyncDir, ifPresent, makeDir, replaceFile, syncFile } from '../core/fs-durable.js'
import { readTextIfAny } from '../core/read-file.js'

const PREFIX = 'migration.backup.'

/** What one migration of a backend did. Paths are absolute. */
export interface MigrationRecord {
  /** UTC, as `20260101_120000`. */
  readonly stamp: string
  /** Files that were replaced or taken away, with their copies. */
  readonly replaced: readonly { readonly original: string; readonly backup: string }[]
  /** Files that it made where there were none. */
  readonly made: readonly string[]
  /** Roots that it pinned here, and mappings that it made pending. */
  readonly pins?: readonly string[]
  readonly mappings?: readonly { readonly backend: string; readonly cid: string }[]
}

/** Returns the stamp of a moment. */
const stampOf = (now: number): string =>
  new Date(now).toISOString().replace(/[-:]/g, '').replace('T', '_').slice(0, 15)

/** Returns a stamp that no record has yet; two migrations within a second are two. */
export function freeStamp(folder: string, now: number): string {
  for (let time = now; ; time += 1000) {
    const stamp = stampOf(time)
    if (!existsSync(join(folder, `${PREFIX}${stamp}.json`))) return stamp
  }
}

/** Returns a name for the backup of a file that nothing has yet. */
export function backupName(path: string, stamp: string): string {
  const name = `${path}.backup.${stamp}`
  for (let i = 0; ; i++) {
    const free = i === 0 ? name : `${name}.${i}`
    if (!existsSync(free)) return free
  }
}

/**
 * Copies files to their backups and writes down what is about to be done, all durably. A copy is its
 * owner's alone, as it may hold secrets.
 * @param folder of the backend, where the record lies.
 */
export function prepare(folder: string, record: MigrationRecord): void {
  makeDir(folder)
  for (const { original, backup } of record.replaced) {
    const temporary = `${backup}.tmp`
    copyFileSync(original, temporary)
    chmodSync(temporary, 0o600)
    const { atime, mtime } = statSync(original)
    utimesSync(temporary, atime, mtime)
    syncFile(temporary)
    renameSync(temporary, backup)
    fsyncDir(dirname(backup))
  }
  replaceFile(
    join(folder, `${PREFIX}${record.stamp}.json`),
    Buffer.from(`${JSON.stringify(record, null, 2)}\n`)
  )
}

/** Returns the newest record of a backend; undefined where nothing was migrated. */
export function newestRecord(folder: string): MigrationRecord | undefined {
  const [newest] = (ifPresent(() => readdirSync(folder)) ?? [])
    .filter((name) => name.startsWith(PREFIX) && name.endsWith('.json'))
    .sort()
    .reverse()
  if (newest === undefined) return undefined
  const path = join(folder, newest)
  try {
    return JSON.parse(readTextIfAny(path) ?? '') as MigrationRecord
  } catch (cause) {
    throw new KitError(
      'CORRUPT_FORMAT',
      `${path} is damaged, so what it tells of cannot be taken back; the originals are the files *.backup.* beside it`,
      { cause }
    )
  }
}

/** Takes a migration back: what it made goes, what it replaced returns. A second call does the rest. */
export function takeBack(folder: string, { stamp, replaced, made }: MigrationRecord): void {
  const missing = replaced.find(({ original, backup }) => !existsSync(backup) && !existsSync(original)) // prettier-ignore
  if (missing !== undefined)
    throw new KitError('PATH_NOT_FOUND', `${missing.backup} is gone, so ${missing.original} cannot be restored`) // prettier-ignore
  for (const path of made) rmSync(path, { force: true })
  for (const { original, backup } of replaced) ifPresent(() => renameSync(backup, original))
  for (const path of new Set([...made, ...replaced.map(({ original }) => original)]))
    ifPresent(() => fsyncDir(dirname(path)))
  rmSync(join(folder, `${PREFIX}${stamp}.json`), { force: true })
  fsyncDir(folder)
}
