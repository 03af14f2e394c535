/** The ways in which we may log in: the key that is named, those of the agent, a password. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { AnyAuthMethod, ParsedKey } from 'ssh2'
import ssh2 from 'ssh2'
import { KitError } from '../../src/core/errors.js'
import { ifPresent } from '../../src/core/fs-durable.js'
import { readFileIfAny } from '../../src/core/read-file.js'
import { readPrivateFile } from '../secrets.js'
import type { SftpOptions } from './options.js'

const DEFAULT_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa']

/**
 * Gives the methods to try, in order.
 * @param secret the password of the user, or the passphrase of the key.
 * @throws CREDENTIALS where there is none, or the key that is named cannot be used.
 */
export function loginMethods(options: SftpOptions, secret: string | undefined): AnyAuthMethod[] {
  const { user: username } = options
  const methods: AnyAuthMethod[] = keysOf(options, secret).map((key) => ({ type: 'publickey', username, key })) // prettier-ignore
  const agent = process.env.SSH_AUTH_SOCK
  if (options.useAgent && agent !== undefined && agent !== '')
    methods.push({ type: 'agent', username, agent })
  if (secret !== undefined)
    methods.push(
      { type: 'password', username, password: secret },
      {
        type: 'keyboard-interactive',
        username,
        // Servers that ask for a password in this way ask for nothing else.
        prompt: (_name, _instructions, _language, prompts, finish) =>
          finish(prompts.map(({ echo }) => (echo === true ? '' : secret)))
      }
    )
  if (methods.length > 0) return methods
  throw new KitError(
    'CREDENTIALS',
    `there is nothing to log in to ${options.host} with; give --identity-file, start an SSH agent, or give a password`
  )
}

/** The key that is named must be usable, and its owner's alone; of those in ~/.ssh the ones that are. */
function keysOf({ identityFile }: SftpOptions, secret: string | undefined): ParsedKey[] {
  if (identityFile !== undefined) return [namedKey(identityFile, secret)]
  return DEFAULT_KEYS.flatMap((name) => {
    const path = join(homedir(), '.ssh', name)
    const text = readFileIfAny(path, 'mend it, or give --identity-file', 'CREDENTIALS')
    const key = text === undefined ? undefined : ssh2.utils.parseKey(text, secret)
    return key === undefined || key instanceof Error || !key.isPrivateKey() ? [] : [key]
  })
}

function namedKey(path: string, secret: string | undefined): ParsedKey {
  const text = ifPresent(() => readPrivateFile(path))
  if (text === undefined) throw new KitError('CREDENTIALS', `there is no file ${path}; give another --identity-file`) // prettier-ignore
  const key = ssh2.utils.parseKey(text, secret)
  if (key instanceof Error) {
    const isLocked = /encrypted|passphrase|decrypt|integrity/i.test(key.message)
    const mend = isLocked
      ? 'it has a passphrase: give the right one, or load it into an SSH agent'
      : 'it is no private key that can be read'
    throw new KitError('CREDENTIALS', `${path}: ${mend}`)
  }
  if (key.isPrivateKey()) return key
  throw new KitError(
    'CREDENTIALS',
    `${path} is a public key; --identity-file takes the private one`
  )
}
