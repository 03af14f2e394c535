/** Chooses the key of a backend whose files are encrypted: a given one, the one that is kept, or a new one. */
import {
  identityFile,
  identityIn,
  saveIdentity,
  storedIdentity
} from '../../backends/encryption/identity-file.js'
import { readPrivateFile } from '../../backends/secrets.js'
import { KitError, toKitError, isKitError } from '../core/errors.js'
import type { BackendChange } from './backend-change.js'

/** The key of a backend, to be kept once all else is known to be right. */
export interface ChosenKey {
  /** The public half, which backend.json holds; undefined where nothing is encrypted. */
  readonly recipient: string | undefined
  /** Keeps the private half. */
  readonly save: () => void
}

export interface KeyOwner {
  readonly home: string
  readonly name: string
  /** The public half of its key so far; undefined where it is new or its files are as they are. */
  readonly recipient?: string | undefined
  readonly isNew: boolean
}

/**
 * @throws USAGE where files lie there unencrypted; CREDENTIALS for a key
 *   that others can read, or that is none.
 */
export async function chosenKey(
  { home, name, recipient: before, isNew }: KeyOwner,
  { encrypt, identityFile: file }: Pick<BackendChange, 'encrypt' | 'identityFile'>
): Promise<ChosenKey> {
  if (encrypt !== true && file === undefined) return { recipient: before, save: () => undefined }
  if (!isNew && before === undefined)
    throw new KitError('USAGE', `what lies on ${name} is not encrypted; add another backend with --encrypt, and move the pins there`) // prettier-ignore
  const { newIdentity, recipientOf } = await import('../../backends/encryption/age-key.js')
  const identity = file === undefined ? (storedIdentity(home, name) ?? (await newIdentity())) : identityIn(given(file), file) // prettier-ignore
  const recipient = await recipientOf(identity)
  return { recipient, save: () => saveIdentity(home, name, identity, recipient) }
}

function given(file: string): string {
  try {
    return readPrivateFile(file)
  } catch (error) {
    if (isKitError(error)) throw error
    throw new KitError('USAGE', `--age-identity: cannot read ${file}`, { cause: toKitError(error) })
  }
}

/** Says where the key of a new backend lies, and what becomes of the content without it. */
export const keyNotice = (home: string, name: string): string =>
  `what is put on ${name} is encrypted; its key is ${identityFile(home, name)}: keep a copy elsewhere, as nothing can be read without it`
