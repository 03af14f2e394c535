/** A dataset or model repository of the Hugging Face Hub, or of a hub like it. */
import { FilesBackend, type FilesBackendTools } from '../files/files-backend.js'
import { HubFiles } from './hub-files.js'
import type { HubPlace } from './options.js'

export class HuggingfaceBackend extends FilesBackend {
  constructor(name: string, place: HubPlace, tools: FilesBackendTools = {}) {
    super(name, 'huggingface', () => new HubFiles(place), tools)
  }
}
