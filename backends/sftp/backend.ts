/** A folder of CAR files and single blocks on an SSH server: `backends/files/` over SFTP. */
import { FilesBackend, type FilesBackendTools } from '../files/files-backend.js'
import type { Secrets } from '../secrets.js'
import { Connection } from './connection.js'
import type { SftpOptions } from './options.js'
import { RemoteFolder } from './remote-folder.js'

export class SftpBackend extends FilesBackend {
  constructor(name: string, options: SftpOptions, secrets: Secrets, tools: FilesBackendTools = {}) {
    const connection = new Connection(name, options, secrets)
    super(name, 'sftp', (skipped) => new RemoteFolder(connection, options.path, skipped), tools)
  }
}
