/** Files as uploads leave them that were killed. */
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { temporaryName, uploadName } from '../../backends/files/temporary-name.js'

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
