/** A repository on GitHub, or another git server: `backends/files/` over its files. */
import { systemClock } from '../../src/core/clock.js'
import { FilesBackend, type FilesBackendTools } from '../files/files-backend.js'
import { BranchFiles } from './branch-files.js'
import type { GithubOptions } from './options.js'
import { ReleaseFiles } from './release-files.js'

export class GithubBackend extends FilesBackend {
  constructor(name: string, options: GithubOptions, tools: FilesBackendTools = {}) {
    const { clock = systemClock } = tools
    const make = () =>
      options.store === 'branch'
        ? new BranchFiles(options.branch, clock)
        : new ReleaseFiles(options.release, clock)
    super(name, 'github', make, tools)
  }
}
