/** A folder on an FTP server: `backends/files/` over its files. */
import { FilesBackend, type FilesBackendTools } from '../files/files-backend.js'
import type { FtpOptions } from './options.js'
import { ServerFiles } from './server-files.js'

export class FtpBackend extends FilesBackend {
  constructor(name: string, options: FtpOptions, tools: FilesBackendTools = {}) {
    super(name, 'ftp', (skipped) => new ServerFiles(options, skipped, tools.clock), tools)
  }
}
