/** The records of the datasets of a home, as files: small, replaced atomically, changed by one process at a time. */
import { closeSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { utf8 } from '../core/bytes.js'
import { KitError } from '../core/errors.js'
import { fsyncDir, ifPresent, makeDir, openOwn, replaceFile } from '../core/fs-durable.js'
import { tryLock } from '../core/native.js'
import { readFileIfAny } from '../core/read-file.js'
import { decodeRecord, encodeRecord, type DatasetRecord } from './dataset-record.js'

const SUFFIX = '.json'
/** What is left of a dataset that was removed: the number of its next version. */
const REMOVED = '.removed'
const LOCK = '.lock'
const POLL_MS = 10

export const datasetsFolder = (home: string): string => join(home, 'datasets')

/** Returns the file with the record of a dataset. */
export const recordPath = (home: string, name: string): string =>
  join(datasetsFolder(home), `${name}${SUFFIX}`)

const removedPath = (home: string, name: string): string =>
  join(datasetsFolder(home), `${name}${REMOVED}`)

/** Returns the names of the datasets of a home, in order. */
export function datasetNames(home: string): string[] {
  const names = ifPresent(() => readdirSync(datasetsFolder(home))) ?? []
  return names
    .filter((name) => name.endsWith(SUFFIX) && !name.startsWith('.'))
    .map((name) => name.slice(0, -SUFFIX.length))
    .sort()
}

/** Returns what a home knows of a dataset; undefined for one that it does not have. @throws CORRUPT_FORMAT. */
export function readDataset(home: string, name: string): DatasetRecord | undefined {
  const path = recordPath(home, name)
  const bytes = readFileIfAny(path, 'put the dataset again')
  return bytes === undefined ? undefined : decodeRecord(path, bytes.toString())
}

/** Returns what a home knows of each of its datasets. @throws CORRUPT_FORMAT. */
export const allDatasets = (home: string): DatasetRecord[] =>
  datasetNames(home).flatMap((name) => readDataset(home, name) ?? [])

/** Returns the record of a dataset that has no version yet, whose numbers go on where one of its name was removed. @throws CORRUPT_FORMAT. */
export function newDataset(home: string, name: string): DatasetRecord {
  const path = removedPath(home, name)
  const bytes = readFileIfAny(path, 'remove it; numbers of versions begin at 1 then')
  const next = bytes === undefined ? 1 : decodeRecord(path, bytes.toString()).next
  return { format: 1, name, next, versions: [] }
}

/** @throws PATH_NOT_FOUND. */
export function mustReadDataset(home: string, name: string): DatasetRecord {
  const record = readDataset(home, name)
  if (record !== undefined) return record
  throw new KitError('PATH_NOT_FOUND', `there is no dataset "${name}"; \`ipfs-kit dataset ls\` lists them, \`ipfs-kit dataset put ${name} FILE\` makes it`) // prettier-ignore
}

/** Writes a record durably. Call only while holding the lock. */
export const writeDataset = (home: string, record: DatasetRecord): void =>
  replaceFile(recordPath(home, record.name), utf8(encodeRecord(record)))

/** Removes a record durably; its next number stays. Call only while holding the lock. */
export function removeDataset(home: string, { name, next }: DatasetRecord): void {
  replaceFile(removedPath(home, name), utf8(encodeRecord({ format: 1, name, next, versions: [] })))
  rmSync(recordPath(home, name), { force: true })
  fsyncDir(datasetsFolder(home))
}

export interface DatasetLock {
  release(): void
}

/**
 * Keeps other processes from changing records. The kernel lets go of the lock when its process ends.
 * @throws the reason of the signal while waiting.
 */
export async function lockDatasets(home: string, signal: AbortSignal): Promise<DatasetLock> {
  makeDir(datasetsFolder(home))
  const fd = openOwn(join(datasetsFolder(home), LOCK), 'keep')
  try {
    while (!tryLock(fd, 'exclusive')) await delay(POLL_MS, undefined, { signal })
  } catch (error) {
    closeSync(fd)
    throw signal.aborted ? signal.reason : error
  }
  return { release: () => closeSync(fd) }
}
