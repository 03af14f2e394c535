import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Secrets } from '../../../backends/secrets.js'
import { WebdavBackend } from '../../../backends/webdav/backend.js'
import { backendSuite, type Subject } from '../../contract/backend-suite.js'
import type { ServerProgram } from '../../servers/program.js'
import { nginxDav, rcloneDav, skipWithoutNginx, skipWithoutRclone } from '../../servers/webdav.js'
import { leaveUpload } from '../../support/leftovers.js'
import { tempFolder } from '../../support/temp.js'

const webdav = (url: string): WebdavBackend =>
  new WebdavBackend('dav', { url: new URL(url), user: undefined, ca: undefined }, new Secrets())

const signal = AbortSignal.timeout(600_000)

function subjectOf(server: ServerProgram, url: string, folder: string): Subject {
  const backend = webdav(url)
  const writable = webdav(url)
  return {
    backend,
    plant: (cid, block) => writable.facets.blockWriter!.putBlock(cid, block, { signal }),
    plantFile: async (name, bytes) => {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), bytes)
    },
    leave: (at) => leaveUpload(folder, at),
    stop: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT')
  }
}

backendSuite('nginx', skipWithoutNginx, async (t) => {
  const folder = tempFolder(t, 'nginx')
  const server = await nginxDav(t, folder)
  return subjectOf(server, `${server.url}/dav`, join(folder, 'files', 'dav'))
})

backendSuite('nginx that moves nothing', skipWithoutNginx, async (t) => {
  const folder = tempFolder(t, 'nginx')
  const server = await nginxDav(t, folder, { methods: 'PUT DELETE MKCOL' })
  return subjectOf(server, `${server.url}/dav/`, join(folder, 'files', 'dav'))
})

backendSuite('rclone serve webdav', skipWithoutRclone, async (t) => {
  const folder = tempFolder(t, 'rclone')
  const server = await rcloneDav(t, folder)
  return subjectOf(server, server.url, folder)
})
