/**
 * The key of an encrypted backend, and the headers of its files: age with one X25519 recipient, so
 * that the program `age` opens a file that was downloaded.
 * Source: https://github.com/C2SP/C2SP/blob/main/age.md
 */
import { hkdfSync, randomBytes } from 'node:crypto'
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { KitError } from '../../src/core/errors.js'

/** Bytes of a header with one X25519 recipient. */
const HEADER = 168
const NONCE = 16
/** Bytes that precede the payload. */
export const HEAD = HEADER + NONCE
const MAGIC = Buffer.from('age-encryption.org/v1\n')

/** What stands before the payload of a file, and the key of the payload. */
export interface FileHead {
  readonly head: Uint8Array
  readonly key: Uint8Array
}

export class AgeKey {
  readonly #decrypter = new Decrypter()
  readonly #encrypter = new Encrypter()

  private constructor(identity: string, recipient: string) {
    this.#decrypter.addIdentity(identity)
    this.#encrypter.addRecipient(recipient)
  }

  /** @throws CREDENTIALS for a text that is no X25519 identity. */
  static async of(identity: string): Promise<AgeKey> {
    return new AgeKey(identity, await recipientOf(identity))
  }

  /** Makes what precedes the payload of a new file, whose key no other file has. */
  async newHead(): Promise<FileHead> {
    // The library seals an empty file; its header is used with a nonce and a payload of ours.
    const header = (await this.#encrypter.encrypt(new Uint8Array(0))).subarray(0, HEADER)
    const nonce = randomBytes(NONCE)
    const key = payloadKey(await this.#decrypter.decryptHeader(header), nonce)
    return { head: Buffer.concat([header, nonce]), key }
  }

  /**
   * Returns the key of a payload.
   * @throws INTEGRITY where the header was changed or is none, CREDENTIALS for that of another key.
   */
  async keyOf(name: string, head: Uint8Array): Promise<Uint8Array> {
    if (!MAGIC.equals(head.subarray(0, MAGIC.length)))
      throw new KitError('INTEGRITY', `${name} is not encrypted, though its backend is`)
    if (head.length < HEAD) throw new KitError('INTEGRITY', `${name} is cut short in its header`)
    try {
      return payloadKey(await this.#decrypter.decryptHeader(head.subarray(0, HEADER)), head.subarray(HEADER, HEAD)) // prettier-ignore
    } catch (cause) {
      // The library tells these two apart by their texts alone.
      if (cause instanceof Error && cause.message.startsWith('no identity matched'))
        throw new KitError('CREDENTIALS', `${name} was encrypted with another key than this backend's; give the right one with \`backend update --age-identity FILE\``, { cause }) // prettier-ignore
      throw new KitError('INTEGRITY', `the header of ${name} was changed`, { cause })
    }
  }
}

const payloadKey = (fileKey: Uint8Array, nonce: Uint8Array): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', fileKey, nonce, 'payload', 32))

export const newIdentity = (): Promise<string> => generateX25519Identity()

/** Returns the public half of an identity. @throws CREDENTIALS. */
export async function recipientOf(identity: string): Promise<string> {
  try {
    if (identity.startsWith('AGE-SECRET-KEY-1')) return await identityToRecipient(identity)
  } catch {
    // Its message could hold the key.
  }
  throw new KitError('CREDENTIALS', 'this is no X25519 identity of age, which begins with AGE-SECRET-KEY-1; make one with `age-keygen`') // prettier-ignore
}
