/** The file system that a folder of an SFTP server lies on. */
import { StatusError, type VolumeState } from './errors.js'
import { STATVFS, type Session } from './session.js'

/** What is known of the file system; some servers offer to tell of it and do not. */
export async function volumeOf(
  session: Session,
  root: string,
  signal: AbortSignal
): Promise<VolumeState | undefined> {
  if (!session.offers(STATVFS)) return undefined
  return await session.volume(root === '' ? '/' : root, signal).catch((error: unknown) => {
    if (error instanceof StatusError) return undefined
    throw error
  })
}
