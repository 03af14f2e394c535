/** A folder of CAR files and single blocks on a mount that may hang or go away. */
import { FilesBackend, type FilesBackendTools } from '../files/files-backend.js'
import { MountedFolder } from './mounted-folder.js'
import type { SshfsOptions } from './options.js'

export class SshfsBackend extends FilesBackend {
  constructor(name: string, options: SshfsOptions, tools: FilesBackendTools = {}) {
    super(name, 'sshfs', (skipped) => new MountedFolder(options, skipped), tools)
  }
}
