/** The names of files that are being put, which nobody lists or asks for. */
import { randomUUID } from 'node:crypto'
import { KitError } from '../../src/core/errors.js'
import { checkFileName } from './file-name.js'

/** The last is the form of earlier versions. */
const TEMPORARY = /(?:(?:^|\/)\.|^\.put\/)put-[0-9a-f-]{36}\.tmp$|\.\d+\.\d+\.tmp$/

/**
 * Returns a name in the folder of another, so that it can be renamed to that in one step. Several
 * machines may put into one folder: only chance tells them apart.
 */
export const temporaryName = (name: string, id: string = randomUUID()): string =>
  `${name.slice(0, name.lastIndexOf('/') + 1)}.put-${id}.tmp`

/**
 * The folder of files that are being put, where they have one of their own: some servers list a folder
 * only when the files in it are whole.
 */
export const UPLOADS = '.put/'

/** Returns a name in that folder. Its last part has no dot before it: some servers list no such file. */
export const uploadName = (): string => `${UPLOADS}put-${randomUUID()}.tmp`

/** Whether a name is one of those, of this version or an earlier one. */
export const isTemporaryName = (name: string): boolean => TEMPORARY.test(name)

/** Checks the name of a file that somebody asks for. @throws INVALID_ARGUMENT. */
export function checkPublicName(name: string): void {
  checkFileName(name)
  if (TEMPORARY.test(name))
    throw new KitError('INVALID_ARGUMENT', `"${name}" is a name for files that are being put`)
}

/** Whether a name that the other side lists is one that can be asked for. */
export function isPublicName(name: string): boolean {
  try {
    checkPublicName(name)
    return true
  } catch {
    return false
  }
}
