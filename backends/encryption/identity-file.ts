/**
 * The file of a backend's identity: `keys/NAME.age-identity.txt` in the home, as `age-keygen` writes
 * it, so that `age -d -i FILE` takes it. It lies apart from the backend, and stays when that is removed.
 */
import { constants } from 'node:fs'
import { join } from 'node:path'
import { KitError } from '../../src/core/errors.js'
import { ifPresent, makeDir, replaceFile } from '../../src/core/fs-durable.js'
import { readPrivateFile } from '../secrets.js'

export const identityFile = (home: string, name: string): string =>
  join(home, 'keys', `${name}.age-identity.txt`)

/**
 * Reads the identity of a backend; undefined where it has none.
 * @throws CREDENTIALS where somebody else can read or change the file, or it holds no identity.
 */
export function storedIdentity(home: string, name: string): string | undefined {
  const path = identityFile(home, name)
  const text = ifPresent(() => readPrivateFile(path, constants.O_NOFOLLOW))
  return text === undefined ? undefined : identityIn(text, path)
}

/** Returns the identity in the text of such a file. @throws CREDENTIALS. */
export function identityIn(text: string, path: string): string {
  const lines = text.split('\n').map((line) => line.trim())
  const [identity, ...others] = lines.filter((line) => line !== '' && !line.startsWith('#'))
  if (identity !== undefined && others.length === 0) return identity
  throw new KitError('CREDENTIALS', `${path} holds ${others.length + (identity === undefined ? 0 : 1)} identities of age where one is needed`) // prettier-ignore
}

/** Keeps the identity of a backend, durably and for its owner alone. */
export function saveIdentity(
  home: string,
  name: string,
  identity: string,
  recipient: string
): void {
  makeDir(join(home, 'keys'))
  const text = `# key of backend ${name}; without it, what lies there cannot be read\n# public key: ${recipient}\n${identity}\n`
  replaceFile(identityFile(home, name), Buffer.from(text))
}
