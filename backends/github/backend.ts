/** A branch of a repository on GitHub, or another git server. */
import { systemClock } from '../../src/core/clock.js'
import { FilesBackend, type FilesBackendTools } from '../files/files-backend.js'
import { BranchFiles } from './branch-files.js'
import type { GithubOptions } from './options.js'

export class GithubBackend extends FilesBackend {
  constructor(name: string, options: GithubOptions, tools: FilesBackendTools = {}) {
    const { clock = systemClock } = tools
    super(name, 'github', () => new BranchFiles(options.branch, clock), tools)
  }
}
