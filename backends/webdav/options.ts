/** The options of the webdav backend. */
import { readFileSync } from 'node:fs'
import { toKitError, KitError } from '../../src/core/errors.js'
import { absolutePath, httpUrl, textOf, type OptionTable, type OptionTexts } from '../options.js'

export const WEBDAV_OPTIONS = {
  url: {
    value: 'URL',
    help: 'the folder, such as https://cloud.example/remote.php/dav/files/me/ipfs; it must be there',
    required: true
  },
  user: { value: 'USER', help: 'the user; without one, the secret is a bearer token' },
  secret: {
    help: 'the password or bearer token',
    secret: {
      env: 'WEBDAV_PASSWORD',
      use: (texts) => (textOf(texts, 'user') === undefined ? 'allowed' : 'needed')
    }
  },
  ca: {
    value: 'FILE',
    help: 'certificates of the authorities to trust, in PEM',
    fallback: 'those that Node trusts'
  }
} as const satisfies OptionTable

export interface WebdavOptions {
  readonly url: URL
  readonly user: string | undefined
  readonly ca: Uint8Array | undefined
}

/** @throws USAGE. */
export function webdavOptions(texts: OptionTexts): WebdavOptions {
  const user = textOf(texts, 'user')
  if (user?.includes(':') === true) throw new KitError('USAGE', '--user takes a name without ":"')
  const ca = texts['ca'] === undefined ? undefined : certificates(absolutePath(texts, 'ca'))
  return { url: httpUrl('url', textOf(texts, 'url') ?? ''), user, ca }
}

function certificates(path: string): Uint8Array {
  try {
    const text = readFileSync(path)
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  } catch (error) {
    throw new KitError('USAGE', `--ca: ${toKitError(error).message}`, { cause: error })
  }
  throw new KitError('USAGE', `--ca: ${path} holds no certificate in PEM`)
}
