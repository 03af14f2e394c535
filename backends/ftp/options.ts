/** The options of the ftp backend. */
import { readFileSync } from 'node:fs'
import { KitError } from '../../src/core/errors.js'
import { ifPresent } from '../../src/core/fs-durable.js'
import { absolutePath, textOf, type OptionTable, type OptionTexts } from '../options.js'
import type { Secrets } from '../secrets.js'

const ANONYMOUS = 'anonymous'

const isAnonymous = (texts: OptionTexts): boolean =>
  (textOf(texts, 'user') ?? ANONYMOUS) === ANONYMOUS

export const FTP_OPTIONS = {
  host: { value: 'HOST', help: 'the server, by its name or address', required: true },
  port: { value: 'PORT', help: 'its port', fallback: '21, or 990 with --tls implicit' },
  user: { value: 'USER', help: 'the user', fallback: ANONYMOUS },
  secret: {
    help: 'the password',
    secret: { env: 'FTP_PASSWORD', use: (texts) => (isAnonymous(texts) ? 'refused' : 'needed') }
  },
  path: {
    value: 'DIR',
    help: 'the folder on the server; it must be there',
    fallback: 'the folder that the login leads to'
  },
  tls: {
    value: 'explicit|implicit|off',
    help: 'off sends the password and all content in the clear',
    fallback: 'explicit',
    choices: ['explicit', 'implicit', 'off']
  },
  ca: {
    value: 'FILE',
    help: 'certificates of the authorities to trust, in PEM',
    fallback: 'those that Node trusts'
  }
} as const satisfies OptionTable

export interface FtpOptions {
  readonly host: string
  readonly port: number
  readonly user: string
  /** Gives the password where it is sent, and to no dump. */
  readonly password: () => string
  /** Undefined for the folder that the login leads to. */
  readonly path: string | undefined
  readonly tls: 'explicit' | 'implicit' | 'off'
  readonly caFile: string | undefined
}

const wrong = (option: string, reason: string): KitError =>
  new KitError('USAGE', `--${option} ${reason}`)

/** @throws USAGE; CREDENTIALS where a password is needed and not set. */
export function ftpOptions(texts: OptionTexts, secrets: Secrets): FtpOptions {
  const tls = (textOf(texts, 'tls') ?? 'explicit') as FtpOptions['tls']
  const host = textOf(texts, 'host') ?? ''
  if (!/^[A-Za-z0-9._:-]+$/.test(host))
    throw wrong('host', `takes a name or an address such as ftp.example.com, not "${host}"`)
  const port = textOf(texts, 'port') ?? (tls === 'implicit' ? '990' : '21')
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535)
    throw wrong('port', `takes a number from 1 to 65535, not "${port}"`)
  const path = textOf(texts, 'path')
  if (!isAnonymous(texts)) passwordOf(secrets)
  return {
    host,
    port: Number(port),
    user: line('user', textOf(texts, 'user') ?? ANONYMOUS),
    password: () => (isAnonymous(texts) ? ANONYMOUS : passwordOf(secrets)),
    path: path === undefined ? undefined : line('path', path),
    tls,
    caFile: texts['ca'] === undefined ? undefined : absolutePath(texts, 'ca')
  }
}

function passwordOf(secrets: Secrets): string {
  const password = secrets.text('secret')
  if (password !== undefined) return password
  throw new KitError('CREDENTIALS', 'the password is needed; give it by --secret-file FILE or in $FTP_PASSWORD') // prettier-ignore
}

/** A text that is sent as a part of one line. */
function line(option: string, text: string): string {
  for (const character of text)
    if (character < ' ' || character === '\u007f')
      throw wrong(option, 'must not hold control characters')
  return text
}

/** @throws USAGE where the file of certificates is not there. */
export function checkFtp(texts: OptionTexts): void {
  if (texts['ca'] === undefined) return
  const path = absolutePath(texts, 'ca')
  const text = ifPresent(() => readFileSync(path, 'latin1'))
  if (text?.includes('-----BEGIN CERTIFICATE-----') !== true)
    throw wrong('ca', `takes a file of certificates as PEM, and ${path} is none`)
}
