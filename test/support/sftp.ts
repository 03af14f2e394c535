/** Backends of type sftp over the servers of the tests. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { OptionTexts } from '../../backends/options.js'
import { Secrets } from '../../backends/secrets.js'
import { SftpBackend } from '../../backends/sftp/backend.js'
import { sftpOptions } from '../../backends/sftp/options.js'
import { OpenSsh, type OpenSshOptions } from '../servers/openssh.js'
import { tempFolder } from './temp.js'

/** A server and the folder that is stored in. */
export interface SftpPlace {
  readonly server: OpenSsh
  readonly files: string
}

export async function sftpPlace(t: Test, options: OpenSshOptions = {}): Promise<SftpPlace> {
  const folder = tempFolder(t, 'sftp')
  const files = join(folder, 'files')
  mkdirSync(files)
  return { server: await OpenSsh.start(t, join(folder, 'server'), options), files }
}

/** The options of a backend there, with its user's key and the server's. */
export const sftpTexts = ({ server, files }: SftpPlace): OptionTexts => ({
  host: [server.host],
  port: [String(server.port)],
  user: [server.user],
  path: [files],
  'identity-file': [server.identityFile],
  'host-key': [server.knownHosts],
  agent: ['off']
})

interface Tools {
  /** The password, or the passphrase of the key. */
  readonly secret?: string
  readonly warn?: (text: string) => void
}

/** Makes a backend that is closed with the test. @param more options, in the place of those. */
export const sftpBackend = (
  t: Pick<Test, 'teardown'>,
  place: SftpPlace,
  more: OptionTexts = {},
  tools: Tools = {}
): SftpBackend => sftpAt(t, { ...sftpTexts(place), ...more }, tools)

/** Makes a backend of options, of which empty ones are left out. */
export function sftpAt(
  t: Pick<Test, 'teardown'>,
  texts: OptionTexts,
  { secret, warn }: Tools = {}
): SftpBackend {
  const given = Object.fromEntries(Object.entries(texts).filter(([, values]) => values.length > 0))
  const secrets = secret === undefined ? {} : { secret: { value: secret, from: 'a test' } }
  const backend = new SftpBackend('box', sftpOptions(given), new Secrets(secrets), { warn })
  t.teardown(() => backend.close())
  return backend
}
