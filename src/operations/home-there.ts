/** Tells a home that was never made from one that is empty: its path may be misspelt. */
import { statSync } from 'node:fs'
import { KitError, systemCode } from '../core/errors.js'

/** Returns whether nothing is at the path of a home. Whatever else is wrong with it is not told. */
export function isHomeAbsent(home: string): boolean {
  try {
    statSync(home)
    return false
  } catch (error) {
    return systemCode(error) === 'ENOENT'
  }
}

/** Says that a home does not exist, and what to do. */
export const absentHome = (home: string): string =>
  `there is no home at ${home} yet; \`ipfs-kit add\` or \`ipfs-kit mount\` makes one, or check --home`

/** Keeps what only looks after a home from making one. @throws PATH_NOT_FOUND. */
export function requireHome(home: string): void {
  if (isHomeAbsent(home)) throw new KitError('PATH_NOT_FOUND', absentHome(home))
}
