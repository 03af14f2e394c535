/** Refuses folders that a mount would take from the system or from another user. */
import { lstatSync } from 'node:fs'
import { dirname, sep } from 'node:path'
import { KitError } from '../core/errors.js'
import { ifPresent } from '../core/fs-durable.js'

/** Programs look for their files here and below. */
const SYSTEM = [
  '/bin',
  '/boot',
  '/dev',
  '/etc',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  '/proc',
  '/sbin',
  '/sys',
  '/usr'
]
/** What everybody may write to, and nobody looks for anything in. */
const SHARED_MEMORY = '/dev/shm'
/** Folders that are full of others: those may be mountpoints. */
const PARENTS = ['/', '/home', '/root', '/run', '/tmp', '/var']

/**
 * Refuses a mountpoint that is a system folder, or is another user's, who would be shown files that
 * are not his, and could put the folder elsewhere.
 * @param path without links.
 * @throws USAGE with the reason, and the flag for those who mean it.
 */
export function refuseUnsafeFolder(path: string): void {
  const reason = systemReason(path) ?? ownerReason(path)
  if (reason !== undefined)
    throw new KitError(
      'USAGE',
      `${path} ${reason}; choose another folder, or say \`--any-folder\` if you mean this one`
    )
}

const isWithin = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder + sep)

function systemReason(path: string): string | undefined {
  if (PARENTS.includes(path)) return 'is a folder of the system'
  if (path.startsWith(SHARED_MEMORY + sep)) return undefined
  const folder = SYSTEM.find((one) => isWithin(path, one))
  if (folder === undefined) return undefined
  return path === folder ? 'is a folder of the system' : `lies in ${folder}, a folder of the system`
}

function ownerReason(path: string): string | undefined {
  const own = process.geteuid?.()
  const folder = ifPresent(() => lstatSync(path))
  if (folder !== undefined)
    return folder.uid === own ? undefined : `belongs to another user (${folder.uid})`
  // A new folder is ours. Who owns the one that it lies in can put it elsewhere, which root minds.
  const parent = ifPresent(() => lstatSync(dirname(path)))
  const isOthers = own === 0 && parent !== undefined && parent.uid !== 0
  return isOthers ? `lies in a folder of another user (${parent.uid})` : undefined
}
