/**
 * Decides whether a server is the one that is meant, by its host key. A server that is not gets no
 * credentials.
 */
import { createHash } from 'node:crypto'
import { KitError } from '../../src/core/errors.js'
import { readFileIfAny } from '../../src/core/read-file.js'
import { knownKeys, type KnownKeys } from './known-hosts.js'
import type { SftpOptions } from './options.js'

/** Algorithms of each type of key, the one that is wanted most first. */
const ALGORITHMS: Readonly<Record<string, readonly string[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256']
}

export const fingerprintOf = (key: Uint8Array): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`

/** The type of a key, which is the first text in it. */
function typeOf(key: Buffer): string {
  const length = key.length >= 4 ? key.readUInt32BE(0) : 0
  return key.toString('latin1', 4, 4 + Math.min(length, 64))
}

export class HostKeyCheck {
  readonly #name: string
  readonly #options: SftpOptions
  readonly #known: KnownKeys | undefined
  /** The key that was refused last, and why. */
  refusal: KitError | undefined
  /** Types of keys that the server showed and that were refused. */
  readonly #refusedTypes = new Set<string>()

  /**
   * @param name of the backend, for messages.
   * @throws CREDENTIALS where the file cannot be read.
   */
  constructor(name: string, options: SftpOptions) {
    this.#name = name
    this.#options = options
    const { hostKey, host, port } = options
    if (!('file' in hostKey)) return
    const mend = 'mend it, or give --host-key'
    const text = readFileIfAny(hostKey.file, mend, 'CREDENTIALS')?.toString('utf8') ?? ''
    this.#known = knownKeys(text, host, port)
  }

  /** The algorithms to offer: those whose keys are known come first, as the server has several. */
  algorithms(): string[] {
    const known = new Set((this.#known?.trusted ?? []).map(typeOf))
    const types = Object.keys(ALGORITHMS).filter((type) => !this.#refusedTypes.has(type))
    const ordered = [...types.filter((type) => known.has(type)), ...types.filter((type) => !known.has(type))] // prettier-ignore
    return ordered.flatMap((type) => ALGORITHMS[type]!)
  }

  /** How many keys were refused so far, each of another type. */
  get refused(): number {
    return this.#refusedTypes.size
  }

  /** Whether another key of the same server may be the one that is pinned. */
  mayHaveAnother(): boolean {
    return 'fingerprint' in this.#options.hostKey && this.algorithms().length > 0
  }

  /** Whether a key is the right one; else `refusal` says why not. */
  accepts(key: Buffer): boolean {
    const refusal = this.#refusalOf(key)
    if (refusal === undefined) return true
    // A pin may be of another key: the refusal tells of the first that the server showed.
    this.refusal ??= refusal
    this.#refusedTypes.add(typeOf(key))
    return false
  }

  #refusalOf(key: Buffer): KitError | undefined {
    const { hostKey } = this.#options
    const shown = fingerprintOf(key)
    if ('fingerprint' in hostKey)
      return hostKey.fingerprint === shown ? undefined : this.#changed(key, 'the one that is pinned') // prettier-ignore
    const { trusted, revoked } = this.#known!
    if (revoked.some((known) => known.equals(key)))
      return this.#refused(`the host key ${shown} of ${this.#where()} is revoked by ${hostKey.file}; ask who runs the server`) // prettier-ignore
    if (trusted.some((known) => known.equals(key))) return undefined
    if (trusted.some((known) => typeOf(known) === typeOf(key)))
      return this.#changed(key, `the one in ${hostKey.file}`)
    return this.#refused(
      `the host key of ${this.#where()} is unknown to ${hostKey.file}: ${shown} (${typeOf(key)}). ` +
        `Compare it with what the server's owner says, then pin it: ${this.#command(shown)}`
    )
  }

  #changed(key: Buffer, expected: string): KitError {
    const shown = fingerprintOf(key)
    return this.#refused(
      `the host key of ${this.#where()} is ${shown} (${typeOf(key)}) and not ${expected}: it was changed, ` +
        `or somebody stands between. No credentials were sent. If its owner changed it: ${this.#command(shown)}`
    )
  }

  #refused(message: string): KitError {
    return new KitError('BACKEND_UNAVAILABLE', message)
  }

  #where(): string {
    return `${this.#options.host}:${this.#options.port}`
  }

  #command(fingerprint: string): string {
    return `\`ipfs-kit backend update ${this.#name} --host-key ${fingerprint}\``
  }
}
