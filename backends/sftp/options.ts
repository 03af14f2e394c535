/** The options of the sftp backend. */
import { homedir, userInfo } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { KitError } from '../../src/core/errors.js'
import { absolutePath, textOf, type OptionTable, type OptionTexts } from '../options.js'

export const SFTP_OPTIONS = {
  host: { value: 'HOST', help: 'the name or address of the server', required: true },
  port: { value: 'PORT', help: 'its port', fallback: '22' },
  user: { value: 'USER', help: 'who logs in', fallback: 'your name on this machine' },
  path: {
    value: 'DIR',
    help: 'the folder there, absolute or below the one where a login begins; it must be there',
    required: true
  },
  'identity-file': {
    value: 'FILE',
    help: 'the private key',
    fallback: '~/.ssh/id_ed25519, id_ecdsa and id_rsa'
  },
  'host-key': {
    value: 'SHA256:…|FILE',
    help: "the fingerprint of the server's key, or a known_hosts file",
    fallback: '~/.ssh/known_hosts'
  },
  agent: {
    value: 'on|off',
    choices: ['on', 'off'],
    help: 'whether the keys of the SSH agent at $SSH_AUTH_SOCK are tried',
    fallback: 'on'
  },
  secret: {
    help: 'the password of the user, or the passphrase of the key',
    fallback: '$SFTP_PASSWORD',
    secret: { env: 'SFTP_PASSWORD', use: () => 'allowed' }
  }
} as const satisfies OptionTable

/** Says which host keys are believed: one by its fingerprint, or those of a known_hosts file. */
export type HostKeySource = { readonly fingerprint: string } | { readonly file: string }

export interface SftpOptions {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly path: string
  /** The private key that was named; without one, those of ~/.ssh that there are. */
  readonly identityFile: string | undefined
  readonly hostKey: HostKeySource
  readonly useAgent: boolean
}

const FINGERPRINT = /^SHA256:[A-Za-z0-9+/]{43}$/
const HOST = /^[\p{L}\p{N}._:%-]+$/u

/** @throws USAGE. */
export function sftpOptions(texts: OptionTexts): SftpOptions {
  return {
    host: hostOf(texts),
    port: portOf(texts),
    user: textOf(texts, 'user') ?? userInfo().username,
    path: pathOf(texts),
    identityFile: fileOf(texts, 'identity-file'),
    hostKey: hostKeyOf(texts),
    useAgent: textOf(texts, 'agent') !== 'off'
  }
}

function hostOf(texts: OptionTexts): string {
  const text = textOf(texts, 'host') ?? ''
  if (HOST.test(text)) return text
  throw new KitError('USAGE', `--host takes a name or an address, not "${text}"`)
}

function portOf(texts: OptionTexts): number {
  const text = textOf(texts, 'port') ?? '22'
  const port = Number(text)
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port
  throw new KitError('USAGE', `--port takes a number from 1 to 65535, not "${text}"`)
}

function pathOf(texts: OptionTexts): string {
  const text = textOf(texts, 'path') ?? ''
  if (text.includes('\0')) throw new KitError('USAGE', '--path holds a zero byte')
  return text
}

const fileOf = (texts: OptionTexts, option: string): string | undefined =>
  textOf(texts, option) === undefined ? undefined : absolutePath(texts, option)

function hostKeyOf(texts: OptionTexts): HostKeySource {
  const text = textOf(texts, 'host-key')
  if (text === undefined) return { file: join(homedir(), '.ssh', 'known_hosts') }
  if (FINGERPRINT.test(text)) return { fingerprint: text }
  if (isAbsolute(text)) return { file: text }
  throw new KitError(
    'USAGE',
    `--host-key takes a fingerprint (SHA256: and 43 characters) or the absolute path of a known_hosts file, not "${text}"`
  )
}
