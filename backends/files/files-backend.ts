/**
 * A backend that stores named files. Its CARs and blocks come with them, so that each such backend
 * only says how files are read and written there.
 */
import type { Clock } from '../../src/core/clock.js'
import type { Backend, BackendHealth } from '../backend.js'
import type { CallOptions } from '../facets/call.js'
import type { Facets } from '../facets/facets.js'
import type { Leftovers } from '../facets/leftovers.js'
import type { NamedFiles } from '../facets/named-files.js'
import { Lifetime } from '../lifetime.js'
import { Skipped, type Warn } from '../skipped.js'
import { FileBlocks } from './file-blocks.js'
import { KeptIndexes } from './kept-indexes.js'

export interface FilesBackendTools {
  readonly clock?: Clock | undefined
  /** Is told of what is skipped. */
  readonly warn?: Warn | undefined
}

/** Where uploads leave nothing that could be found later, there is no `sweep`. */
export interface StoredFiles extends NamedFiles, Partial<Leftovers> {
  /** The place of the files, for messages. */
  readonly where: string

  /** The folders that hold CARs; the top and `cars/` where nothing is said. */
  readonly archiveFolders?: readonly string[]

  /** Counts what `list` would give, where that is cheaper than to list it. */
  count?(folder: string, suffix: string, options: CallOptions): Promise<number>

  /** Keeps in a folder of this machine what is derived from the files. */
  keepIn?(folder: string): void

  /** Asks the other side, and says in a line what it is. */
  describe(options: CallOptions): Promise<string>

  /** Lets go of connections. */
  close?(): Promise<void>
}

export class FilesBackend implements Backend {
  readonly name: string
  readonly type: string
  readonly facets: Facets
  readonly #files: StoredFiles
  readonly #blocks: FileBlocks
  readonly #lifetime: Lifetime
  readonly #tools: FilesBackendTools

  /** @param make gives the files; it is told where to tell of what is skipped. */
  constructor(
    name: string,
    type: string,
    make: (skipped: Skipped) => StoredFiles,
    tools: FilesBackendTools = {}
  ) {
    const { clock, warn } = tools
    this.#tools = tools
    this.name = name
    this.type = type
    const skipped = new Skipped(name, warn)
    this.#files = make(skipped)
    this.#blocks = new FileBlocks(this.#files, this.#files.where, {
      skipped,
      clock,
      folders: this.#files.archiveFolders
    })
    this.#lifetime = new Lifetime(name)
    const leftovers = leftoversOf(this.#files)
    this.facets = this.#lifetime.guard({
      blockReader: this.#blocks,
      blockWriter: this.#blocks,
      fileStreams: this.#blocks.streams,
      fileReader: this.#files,
      fileWriter: this.#files,
      ...(leftovers === undefined ? {} : { leftovers })
    })
  }

  /** The same backend with other files between: `make` is given those of this one. */
  over(make: (files: StoredFiles, skipped: Skipped) => StoredFiles): FilesBackend {
    return new FilesBackend(this.name, this.type, (skipped) => make(this.#files, skipped), this.#tools) // prettier-ignore
  }

  keepIn(folder: string): void {
    this.#blocks.archives.keepIn(new KeptIndexes(folder))
    this.#files.keepIn?.(folder)
  }

  async health(options: CallOptions): Promise<BackendHealth> {
    this.#lifetime.check(options.signal)
    const what = await this.#files.describe(options)
    return { version: `${what}, ${await this.#blocks.archives.count(options)} archives` }
  }

  async close(): Promise<void> {
    this.#lifetime.end()
    this.#blocks.archives.close()
    await this.#files.close?.()
  }
}

const leftoversOf = (files: StoredFiles): Leftovers | undefined =>
  files.sweep === undefined ? undefined : { sweep: files.sweep.bind(files) }
