/** Parquet files of the home as `metadata/` shows them: those of the index, and the pin mappings of each backend. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { basename, join } from 'node:path'
import { backendNames } from '../../backends/configured.js'
import { KitError } from '../core/errors.js'
import { isSameFile, markOf } from '../core/file-switch.js'
import { ifPresent } from '../core/fs-durable.js'
import { READ_FLAGS } from '../core/read-file.js'
import { IndexFiles, indexFolder } from '../metadata/index-files.js'
import type { HomeFile, HomeFilesPort } from '../../vfs/ports.js'
import type { KeptVersions } from './kept-versions.js'

/** Files that one thread keeps open. */
const MAX_OPEN = 16
/** How often a file may be replaced while one of its versions is looked up. */
const MAX_TRIES = 10

export class HomeFiles implements HomeFilesPort {
  readonly #home: string
  readonly #versions: KeptVersions | undefined
  readonly #open = new Map<string, number>()

  /** @param versions keeps what was found readable, for readers that take their time. */
  constructor(home: string, versions?: KeptVersions) {
    this.#home = home
    this.#versions = versions
  }

  list(folder: string): readonly string[] {
    if (folder === 'pins') return backendNames(this.#home).map((name) => `${name}.parquet`)
    return [...this.#partitions().keys()]
  }

  find(folder: string, name: string): HomeFile | undefined {
    const path = this.#path(folder, name)
    if (path === undefined) return undefined
    for (let tries = 1; ; tries++) {
      const mark = markOf(path)
      if (mark === undefined) return undefined
      const isKept = this.#versions?.keep(path, mark) ?? true
      if (isKept || tries === MAX_TRIES) return { folder, name, ...mark }
    }
  }

  /** Names come from whoever uses the mount. */
  #path(folder: string, name: string): string | undefined {
    if (folder === 'index') return this.#partitions().get(name)
    const backend = name.endsWith('.parquet') ? name.slice(0, -'.parquet'.length) : ''
    const isKnown = backendNames(this.#home).includes(backend)
    return isKnown ? join(this.#home, 'backends', backend, 'pin_mappings.parquet') : undefined
  }

  /** Returns where the files of the index lie now, by their names. */
  #partitions(): ReadonlyMap<string, string> {
    const files = new IndexFiles(indexFolder(this.#home))
    return new Map(files.places().map(({ number, paths }) => [basename(files.paths(number).parquet), paths.parquet])) // prettier-ignore
  }

  read(file: HomeFile, position: number, target: Uint8Array, at: number, length: number): number {
    const key = `${file.folder}/${file.name}/${file.size}/${file.mtime}`
    return readSync(this.#open.get(key) ?? this.#opened(key, file), target, at, length, position)
  }

  #opened(key: string, file: HomeFile): number {
    const fd = this.#openVersion(file)
    if (fd === undefined)
      throw new KitError('STALE', `${file.name} was replaced by a newer one; open it again`)
    const [oldest] = this.#open
    if (oldest !== undefined && this.#open.size >= MAX_OPEN) {
      closeSync(oldest[1])
      this.#open.delete(oldest[0])
    }
    this.#open.set(key, fd)
    return fd
  }

  /** Opens a version by either of its names. */
  #openVersion(file: HomeFile): number | undefined {
    const path = this.#path(file.folder, file.name)
    if (path === undefined) return undefined
    for (const one of [path, this.#versions?.pathOf(path, file)]) {
      const fd = one === undefined ? undefined : ifPresent(() => openSync(one, READ_FLAGS))
      if (fd === undefined) continue
      const { size, mtimeMs } = fstatSync(fd)
      if (isSameFile({ size, mtime: mtimeMs }, file)) return fd
      closeSync(fd)
    }
    return undefined
  }
}
