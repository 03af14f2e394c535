/** Any remote of the user's rclone: `backends/files/` over the files in it. */
import { FilesBackend, type FilesBackendTools } from '../files/files-backend.js'
import type { RcloneOptions } from './options.js'
import { RcloneFiles } from './rclone-files.js'

export class RcloneBackend extends FilesBackend {
  constructor(name: string, options: RcloneOptions, tools: FilesBackendTools = {}) {
    super(name, 'rclone', (skipped) => new RcloneFiles(options, skipped), tools)
  }
}
