/** Parquet files of the home as `metadata/` shows them: those of the index, and the pin mappings of each backend. */
import { closeSync, openSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { backendNames } from '../../backends/configured.js'
import { KitError } from '../core/errors.js'
import { isSameFile, markOf } from '../core/file-switch.js'
import { ifPresent } from '../core/fs-durable.js'
import { indexFolder } from '../metadata/index-files.js'
import type { HomeFile, HomeFilesPort } from '../../vfs/ports.js'

const INDEX_FILE = /^ipfs_index_\d{6}\.parquet$/
/** Files that one thread keeps open, so that a version that is being read stays readable. */
const MAX_OPEN = 16

export class HomeFiles implements HomeFilesPort {
  readonly #home: string
  readonly #open = new Map<string, number>()

  constructor(home: string) {
    this.#home = home
  }

  list(folder: string): readonly string[] {
    if (folder === 'pins') return backendNames(this.#home).map((name) => `${name}.parquet`)
    return (ifPresent(() => readdirSync(indexFolder(this.#home))) ?? []).filter((name) =>
      INDEX_FILE.test(name)
    )
  }

  find(folder: string, name: string): HomeFile | undefined {
    const path = this.#path(folder, name)
    const mark = path === undefined ? undefined : markOf(path)
    return mark === undefined ? undefined : { folder, name, ...mark }
  }

  /** Names come from whoever uses the mount. */
  #path(folder: string, name: string): string | undefined {
    if (folder === 'index') return INDEX_FILE.test(name) ? join(indexFolder(this.#home), name) : undefined // prettier-ignore
    const backend = name.endsWith('.parquet') ? name.slice(0, -'.parquet'.length) : ''
    const isKnown = backendNames(this.#home).includes(backend)
    return isKnown ? join(this.#home, 'backends', backend, 'pin_mappings.parquet') : undefined
  }

  read(file: HomeFile, position: number, target: Uint8Array, at: number, length: number): number {
    const key = `${file.folder}/${file.name}/${file.size}/${file.mtime}`
    return readSync(this.#open.get(key) ?? this.#opened(key, file), target, at, length, position)
  }

  #opened(key: string, file: HomeFile): number {
    const path = this.#path(file.folder, file.name)
    const fd = path === undefined ? undefined : ifPresent(() => openSync(path, 'r'))
    if (fd === undefined || !isSameFile(markOf(path!), file)) {
      if (fd !== undefined) closeSync(fd)
      throw new KitError('STALE', `${file.name} was replaced by a newer one; open it again`)
    }
    const [oldest] = this.#open
    if (oldest !== undefined && this.#open.size >= MAX_OPEN) {
      closeSync(oldest[1])
      this.#open.delete(oldest[0])
    }
    this.#open.set(key, fd)
    return fd
  }
}
