/** Paths of content as an assistant names them, and what a file is in an answer. */
import { cidPath } from '../api/schemas.js'
import type { Services } from '../operations/services.js'

export const contentPath = cidPath
  .max(8192)
  .describe('What to read: a CID, CID/path, /ipfs/CID/path, /ipns/NAME/path, or an ipfs:// URL.')

/**
 * Returns services that take no path of this machine for content: a path in a mount is for those who
 * work on the machine, and would say what is mounted where.
 */
export const withoutMounts = (services: Services): Services =>
  Object.create(services, {
    mounts: { value: { ...services.mounts, locate: () => undefined } }
  }) as Services

/** Returns the URI by which a client reads a file as a resource. */
export const contentUri = (cid: string): string => `ipfs://${cid}`

/** Returns the last name of a path, by which its type may be known. */
export const lastName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
