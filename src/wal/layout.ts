/** Where the files of the log lie. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ifPresent } from '../core/fs-durable.js'

/** Returns the folder of the log of a home. */
export const logFolder = (home: string): string => join(home, 'wal')

/** @param folder of the log. */
export const archiveFolder = (folder: string): string => join(folder, 'archives')

const ARCHIVE = /^operations-([0-9a-f]{16})\.parquet$/

/** @param through LSN. */
export const archivePath = (folder: string, through: number): string =>
  join(archiveFolder(folder), `operations-${through.toString(16).padStart(16, '0')}.parquet`)

/** Returns the LSNs that name the archives, newest first. */
export function archivesIn(folder: string): number[] {
  const names = ifPresent(() => readdirSync(archiveFolder(folder))) ?? []
  return names
    .flatMap((name) => {
      const hex = ARCHIVE.exec(name)?.[1]
      return hex === undefined ? [] : [Number.parseInt(hex, 16)]
    })
    .sort((a, b) => b - a)
}
