/** Named files in memory, with a count of what was read: a fixture of a server that stores files. */
import { KitError } from '../../src/core/errors.js'
import type { CallOptions } from '../../backends/facets/call.js'
import type {
  ByteRange,
  FileContent,
  FileEntry,
  NamedFiles
} from '../../backends/facets/named-files.js'
import { checkFileName, checkFolderName } from '../../backends/files/file-name.js'

interface MemoryFile {
  readonly bytes: Uint8Array
  readonly version: string
  readonly modifiedMs: number
}

export class MemoryFiles implements NamedFiles {
  readonly #files = new Map<string, MemoryFile>()
  #puts = 0
  /** Ranged reads so far, and bytes that they asked for. */
  reads = 0
  asked = 0
  /** What the next read fails with. */
  failure: KitError | undefined

  set(name: string, bytes: Uint8Array, modifiedMs = 0): void {
    this.#files.set(name, { bytes, version: String(++this.#puts), modifiedMs })
  }

  async *get(
    name: string,
    { position, length }: ByteRange,
    { signal }: CallOptions
  ): AsyncIterable<Uint8Array> {
    checkFileName(name)
    if (signal.aborted) throw signal.reason
    const { failure } = this
    this.failure = undefined
    if (failure !== undefined) throw failure
    const file = this.#files.get(name)
    if (file === undefined) throw new KitError('PATH_NOT_FOUND', `there is no file ${name}`)
    this.reads++
    this.asked += length ?? file.bytes.length
    const end = length === undefined ? file.bytes.length : position + length
    for (let at = position; at < Math.min(end, file.bytes.length); at += 100_000) {
      yield new Uint8Array(file.bytes.subarray(at, Math.min(end, at + 100_000)))
      if (signal.aborted) throw signal.reason
    }
  }

  async *list(folder: string, suffix: string, { signal }: CallOptions): AsyncIterable<FileEntry> {
    checkFolderName(folder)
    if (signal.aborted) throw signal.reason
    const prefix = folder === '' ? '' : `${folder}/`
    for (const name of this.#files.keys())
      if (
        name.startsWith(prefix) &&
        !name.slice(prefix.length).includes('/') &&
        name.endsWith(suffix)
      )
        yield this.#entry(name)!
  }

  stat(name: string, { signal }: CallOptions): Promise<FileEntry | undefined> {
    return new Promise((resolve) => {
      checkFileName(name)
      if (signal.aborted) throw signal.reason
      resolve(this.#entry(name))
    })
  }

  async put(name: string, content: FileContent, { signal }: CallOptions): Promise<void> {
    checkFileName(name)
    if (signal.aborted) throw signal.reason
    const parts: Uint8Array[] = []
    for await (const piece of content()) {
      if (signal.aborted) throw signal.reason
      parts.push(new Uint8Array(piece))
    }
    if (signal.aborted) throw signal.reason
    this.set(name, Buffer.concat(parts))
  }

  remove(name: string, { signal }: CallOptions): Promise<void> {
    return new Promise((resolve) => {
      checkFileName(name)
      if (signal.aborted) throw signal.reason
      this.#files.delete(name)
      resolve()
    })
  }

  #entry(name: string): FileEntry | undefined {
    const file = this.#files.get(name)
    if (file === undefined) return undefined
    const { bytes, version, modifiedMs } = file
    return { name, size: bytes.length, version, modifiedMs }
  }
}
