/**
 * The secrets of a backend: they lie in secret.json beside its backend.json, which is its owner's
 * alone, and reach the code of its type as `Secrets`, which no dump shows.
 */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  rmSync,
  type Stats
} from 'node:fs'
import { dirname, join } from 'node:path'
import { KitError, systemCode } from '../src/core/errors.js'
import { fsyncDir, ifPresent, makeDir, replaceFile } from '../src/core/fs-durable.js'
import { openFailure, READ_FLAGS } from '../src/core/read-file.js'

/** A secret as it is kept. */
export interface StoredSecret {
  readonly value: string
  /** Where it was taken from, for people, such as `environment AWS_SECRET_ACCESS_KEY`. */
  readonly from: string
}

/** Secrets by the names of their options. */
export type StoredSecrets = Readonly<Record<string, StoredSecret>>

/** Texts shorter than this are too common to be taken out of what others say. */
const MIN_HIDDEN = 4

/** Holds secrets where neither JSON nor an inspection shows them. */
export class Secrets {
  readonly #stored: StoredSecrets

  constructor(stored: StoredSecrets = {}) {
    this.#stored = stored
  }

  /** Returns the secret of an option; undefined where none is set. */
  text(option: string): string | undefined {
    return Object.hasOwn(this.#stored, option) ? this.#stored[option]!.value : undefined
  }

  get isEmpty(): boolean {
    return Object.keys(this.#stored).length === 0
  }

  /** Returns a text without the secrets that somebody put into it. */
  hidden(text: string): string {
    let shown = text
    for (const { value } of Object.values(this.#stored))
      for (const form of [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)])
        if (form.length >= MIN_HIDDEN) shown = shown.replaceAll(form, '***')
    return shown
  }
}

const fileOf = (home: string, name: string): string => join(home, 'backends', name, 'secret.json')

/**
 * Reads what is kept of a backend's secrets; none where there is no file.
 * @throws CREDENTIALS where somebody else can read or change the file; CONFIG_INVALID where it is damaged.
 */
export function storedSecrets(home: string, name: string): StoredSecrets {
  const path = fileOf(home, name)
  const text = ifPresent(() => readPrivateFile(path, constants.O_NOFOLLOW))
  if (text === undefined) return {}
  try {
    return checked(JSON.parse(text))
  } catch {
    // The cause would quote the content.
    throw new KitError(
      'CONFIG_INVALID',
      `${path} is damaged; give the secret again with \`ipfs-kit backend update ${name} --new-secret\``
    )
  }
}

function checked(value: unknown): StoredSecrets {
  const sound =
    typeof value === 'object' &&
    value !== null &&
    Object.values(value as Readonly<Record<string, Partial<StoredSecret> | null>>).every(
      (one) => typeof one?.value === 'string' && typeof one.from === 'string'
    )
  if (!sound) throw new Error('it has another form')
  return value as StoredSecrets
}

/** Keeps the secrets of a backend durably, and forgets those before them. */
export function saveSecrets(home: string, name: string, secrets: StoredSecrets): void {
  const path = fileOf(home, name)
  makeDir(dirname(path))
  if (Object.keys(secrets).length > 0)
    return replaceFile(path, Buffer.from(`${JSON.stringify(secrets, null, 2)}\n`))
  rmSync(path, { force: true })
  fsyncDir(dirname(path))
}

/** Returns a text that is another one after the secrets of a backend were changed. */
export function secretsVersion(home: string, name: string): string {
  const path = fileOf(home, name)
  try {
    const fd = openSync(path, READ_FLAGS | constants.O_NOFOLLOW)
    try {
      const { ino, mtimeMs, ctimeMs } = fstatSync(fd)
      return `${ino}-${mtimeMs}-${ctimeMs}`
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    return systemCode(error) ?? 'unknown'
  }
}

/**
 * Reads a file that must be this user's alone. A pipe is read to its end.
 * @param flags of opening it besides those for reading.
 * @throws CREDENTIALS naming its mode or owner and what to do, and the errors of the system.
 */
export function readPrivateFile(path: string, flags = 0): string {
  const fd = openPrivate(path, flags)
  try {
    const found = fstatSync(fd)
    if (found.isDirectory()) throw new KitError('CREDENTIALS', `${path} is a folder, and no file`)
    if (found.isFile()) checkPrivate(path, found)
    return readFileSync(fd, 'utf8')
  } finally {
    closeSync(fd)
  }
}

function openPrivate(path: string, flags: number): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOCTTY | flags)
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ELOOP')
      throw new KitError('CREDENTIALS', `${path} is a link, which is not followed; put the file itself there`, { cause: error }) // prettier-ignore
    if (code === 'ENOENT') throw error
    throw new KitError('CREDENTIALS', openFailure(path, 'try again', error).message, { cause: error }) // prettier-ignore
  }
}

/** @throws CREDENTIALS. */
function checkPrivate(path: string, { mode, uid }: Stats): void {
  const own = process.geteuid?.()
  const shown = (mode & 0o7777).toString(8).padStart(4, '0')
  if (own !== undefined && uid !== own)
    throw new KitError(
      'CREDENTIALS',
      `${path} (mode ${shown}) belongs to another user (uid ${uid}), who can read and change it; make it yours with \`chown ${own} ${path}\``
    )
  if ((mode & 0o077) !== 0)
    throw new KitError(
      'CREDENTIALS',
      `${path} has mode ${shown}, which lets other users at the secret in it; \`chmod 600 ${path}\`, and change the secret if somebody may have read it`
    )
}
