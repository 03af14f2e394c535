/** Refuses a home that somebody else can change. */
import { join } from 'node:path'
import { KitError } from './errors.js'
import { foreignPart, type User } from './trusted-path.js'

/** Folders of a home in which this program makes and opens files. */
const FOLDERS = ['', 'run', 'blocks', 'cache', 'backends']

/**
 * Returns what of a home somebody else can change, with the reason; undefined for nothing.
 * @param user the one that uses it, unless that is this one.
 */
export function foreignPartOfHome(home: string, user?: User): string | undefined {
  for (const folder of FOLDERS) {
    const found = foreignPart(join(home, folder), user)
    if (found !== undefined) return found
  }
  return undefined
}

/** @throws ACCESS_DENIED naming the folder and what to do. */
export function checkHome(home: string): void {
  const found = foreignPartOfHome(home)
  if (found !== undefined)
    throw new KitError(
      'ACCESS_DENIED',
      `the home ${home} is not used, since ${found}, who could make this program write elsewhere; run it as that user, or change owner or mode (chown, chmod go-w), or take another --home`
    )
}
