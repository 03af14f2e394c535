import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { facetOf } from '../../backends/facets/facets.js'
import { SftpBackend } from '../../backends/sftp/backend.js'
import { sftpOptions } from '../../backends/sftp/options.js'
import { Secrets } from '../../backends/secrets.js'
import { backendSuite } from '../contract/backend-suite.js'
import { OpenSsh, skipWithoutOpenSsh } from '../servers/openssh.js'
import { tempFolder } from '../support/temp.js'

const { signal } = new AbortController()

/** The options of a backend on a server. */
const textsFor = (
  server: OpenSsh,
  path: string,
  more: Readonly<Record<string, string[]>> = {}
): Readonly<Record<string, readonly string[]>> => ({
  host: [server.host],
  port: [String(server.port)],
  user: [server.user],
  path: [path],
  'identity-file': [server.identityFile],
  'host-key': [server.knownHosts],
  agent: ['off'],
  ...more
})

const plantIn =
  (folder: string) =>
  (name: string, bytes: Uint8Array): Promise<void> => {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), bytes)
    return Promise.resolve()
  }

for (const [what, denied] of [
  ['OpenSSH', []],
  ['OpenSSH without its extensions', ['posix-rename', 'fsync', 'statvfs']]
] as const)
  backendSuite(what, skipWithoutOpenSsh, async (t) => {
    const folder = tempFolder(t, 'sftp')
    const server = await OpenSsh.start(t, join(folder, 'server'), { denied })
    const files = join(folder, 'files')
    mkdirSync(files)
    const make = (): SftpBackend =>
      new SftpBackend('box', sftpOptions(textsFor(server, files)), new Secrets())
    const writable = make()
    t.teardown(() => writable.close())
    return {
      backend: make(),
      plant: (cid, block) => facetOf(writable, 'blockWriter').putBlock(cid, block, { signal }),
      plantFile: plantIn(files),
      stop: () => server.signal('SIGSTOP'),
      resume: () => server.signal('SIGCONT')
    }
  })
