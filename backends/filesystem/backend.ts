/** A folder of CAR files and single blocks: `backends/files/` over the files of the folder. */
import { readdir } from 'node:fs/promises'
import type { Clock } from '../../src/core/clock.js'
import type { Backend, BackendHealth } from '../backend.js'
import type { CallOptions } from '../facets/call.js'
import type { Facets } from '../facets/facets.js'
import { FileBlocks } from '../files/file-blocks.js'
import { Lifetime } from '../lifetime.js'
import { folderError } from './errors.js'
import { NamedFolder } from './named-folder.js'
import { Skipped, type Warn } from '../skipped.js'

export interface FilesystemTools {
  readonly clock?: Clock | undefined
  /** Is told of what is skipped. */
  readonly warn?: Warn | undefined
}

export class FilesystemBackend implements Backend {
  readonly type = 'filesystem'
  readonly name: string
  readonly facets: Facets
  readonly #path: string
  readonly #files: NamedFolder
  readonly #blocks: FileBlocks
  readonly #lifetime: Lifetime

  constructor(name: string, path: string, { clock, warn }: FilesystemTools = {}) {
    this.name = name
    this.#path = path
    const skipped = new Skipped(name, warn)
    this.#files = new NamedFolder(path, skipped)
    this.#blocks = new FileBlocks(this.#files, path, { skipped, clock })
    this.#lifetime = new Lifetime(name)
    this.facets = this.#lifetime.guard({
      blockReader: this.#blocks,
      blockWriter: this.#blocks,
      fileReader: this.#files,
      fileWriter: this.#files
    })
  }

  async health({ signal }: CallOptions): Promise<BackendHealth> {
    this.#lifetime.check(signal)
    await this.#files.mustBeThere()
    const names = await readdir(this.#path).catch((error: unknown) => {
      throw folderError(error, this.#path)
    })
    const archives = await this.#blocks.archives.count()
    return { version: `a folder of ${names.length} entries, ${archives} archives` }
  }

  close(): Promise<void> {
    this.#lifetime.end()
    this.#blocks.archives.close()
    return Promise.resolve()
  }
}
