/** The contract of backends over real SFTP servers. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { facetOf } from '../../../backends/facets/facets.js'
import { fingerprintOf } from '../../../backends/sftp/host-key.js'
import { backendSuite } from '../../contract/backend-suite.js'
import { publicKey, skipWithoutOpenSsh } from '../../servers/openssh.js'
import { rcloneSftp, skipWithoutRcloneSftp } from '../../servers/rclone-sftp.js'
import { sftpAt, sftpBackend, sftpPlace } from '../../support/sftp.js'
import { leaveUpload } from '../../support/leftovers.js'
import { tempFolder } from '../../support/temp.js'

const { signal } = new AbortController()

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
    const place = await sftpPlace(t, { denied })
    const writable = sftpBackend(t, place)
    return {
      backend: sftpBackend(t, place),
      plant: (cid, block) => facetOf(writable, 'blockWriter').putBlock(cid, block, { signal }),
      plantFile: plantIn(place.files),
      leave: (at) => void leaveUpload(place.files, at, '.ipfs-kit-put/x'),
      stop: () => place.server.signal('SIGSTOP'),
      resume: () => place.server.signal('SIGCONT')
    }
  })

backendSuite('rclone serve sftp, by password', skipWithoutRcloneSftp, async (t) => {
  const folder = tempFolder(t, 'rclone')
  const files = join(folder, 'files')
  mkdirSync(files)
  const { program, host, user, password, hostKey } = await rcloneSftp(t, files, folder)
  const texts = {
    host: [host],
    port: [String(program.port)],
    user: [user],
    path: ['/'],
    agent: ['off'],
    'host-key': [fingerprintOf(publicKey(hostKey))]
  }
  const writable = sftpAt(t, texts, { secret: password })
  return {
    backend: sftpAt(t, texts, { secret: password }),
    plant: (cid, block) => facetOf(writable, 'blockWriter').putBlock(cid, block, { signal }),
    plantFile: plantIn(files),
    stop: () => program.signal('SIGSTOP'),
    resume: () => program.signal('SIGCONT')
  }
})
