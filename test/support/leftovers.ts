/** Files as uploads leave them that were killed. */
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isTemporaryName, temporaryName, uploadName } from '../../backends/files/temporary-name.js'

/**
 * Makes such a file in a folder, beside the file that it was to be; without that, in the folder of uploads.
 * @param at ms since 1970. @returns its path.
 */
export function leaveUpload(folder: string, at: number, name?: string): string {
  const path = join(folder, name === undefined ? uploadName() : temporaryName(name))
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, 'half of a')
  utimesSync(path, at / 1000, at / 1000)
  return path
}

/** Returns such files below folders, and makes them two days old. */
export function leftIn(...folders: readonly string[]): string[] {
  const then = Date.now() / 1000 - 2 * 24 * 3600
  const left = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => isTemporaryName(name))
      .map((name) => join(folder, name))
  )
  for (const path of left) utimesSync(path, then, then)
  return left
}
