/** Lists a folder of the store whose content somebody may have changed. */
import { readdirSync } from 'node:fs'
import { systemCode } from '../core/errors.js'

/** Returns the names in a folder; none where it is gone or is no folder. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw error
  }
}
