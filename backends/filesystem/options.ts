/** The options of the filesystem backend. */
import { statSync } from 'node:fs'
import { KitError } from '../../src/core/errors.js'
import { ifPresent } from '../../src/core/fs-durable.js'
import { absolutePath, type OptionTable, type OptionTexts } from '../options.js'

export const FILESYSTEM_OPTIONS = {
  path: { value: 'DIR', help: 'the folder; it must be there', required: true }
} as const satisfies OptionTable

/** @throws USAGE. */
export const filesystemPath = (texts: OptionTexts): string => absolutePath(texts, 'path')

/** @throws USAGE where the folder is not there. */
export function checkFilesystem(texts: OptionTexts): void {
  const path = filesystemPath(texts)
  const found = ifPresent(() => statSync(path))
  if (found?.isDirectory() !== true)
    throw new KitError('USAGE', `--path: ${path} is no folder; make it first, or plug its disk in`)
}
