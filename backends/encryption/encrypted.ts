/** A backend of named files whose content is encrypted before it leaves. */
import { KitError } from '../../src/core/errors.js'
import type { Backend } from '../backend.js'
import { FilesBackend } from '../files/files-backend.js'
import { AgeKey, recipientOf } from './age-key.js'
import { EncryptedFiles } from './encrypted-files.js'

/** Returns a backend as one of named files. @throws USAGE for any other. */
export function storedFilesOf(backend: Backend): FilesBackend {
  if (backend instanceof FilesBackend) return backend
  throw new KitError('USAGE', `--encrypt: a backend of type ${backend.type} stores no files of ours, so that nothing could be encrypted there`) // prettier-ignore
}

/**
 * @param recipient of which the identity must be the other half.
 * @throws USAGE where the backend stores no named files; CREDENTIALS for another identity, or none.
 */
export async function encrypted(
  backend: Backend,
  identity: string,
  recipient: string
): Promise<Backend> {
  // prettier-ignore
  const stored = storedFilesOf(backend)
  if ((await recipientOf(identity)) !== recipient)
    throw new KitError('CREDENTIALS', `the key that is kept for ${backend.name} is not the one of ${recipient}; give that with \`ipfs-kit backend update ${backend.name} --age-identity FILE\``) // prettier-ignore
  const key = await AgeKey.of(identity)
  return stored.over((files, skipped) => new EncryptedFiles(files, key, skipped))
}
