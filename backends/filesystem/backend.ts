/** A folder of CAR files and single blocks: `backends/files/` over the files of the folder. */
import { FilesBackend, type FilesBackendTools } from '../files/files-backend.js'
import { NamedFolder } from './named-folder.js'

export class FilesystemBackend extends FilesBackend {
  constructor(name: string, path: string, tools: FilesBackendTools = {}) {
    super(name, 'filesystem', (skipped) => new NamedFolder(path, skipped), tools)
  }
}
