/** A folder on a WebDAV server: `backends/files/` over the files in it. Source: RFC 4918 */
import { FilesBackend, type FilesBackendTools } from '../files/files-backend.js'
import type { Secrets } from '../secrets.js'
import { DavFolder } from './dav-folder.js'
import { DavServer } from './dav-server.js'
import type { WebdavOptions } from './options.js'

export class WebdavBackend extends FilesBackend {
  constructor(
    name: string,
    options: WebdavOptions,
    secrets: Secrets,
    tools: FilesBackendTools = {}
  ) {
    const { url, user } = options
    const isOpen = url.protocol === 'http:' && !/^(localhost|127\..*|\[::1\])$/.test(url.hostname)
    if (isOpen && !secrets.isEmpty)
      tools.warn?.(`backend ${name}: ${url.host} is told its ${user === undefined ? 'token' : 'password'} without TLS, and everybody on the way can read it; use https`) // prettier-ignore
    const server = new DavServer(options, secrets)
    super(name, 'webdav', (skipped) => new DavFolder(server, skipped), tools)
  }
}
