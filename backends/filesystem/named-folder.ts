/**
 * Named files in a folder of this machine, such as a USB disk or a network share. Links are not
 * followed in the last part of a name; folders on the way may be links.
 */
import { constants } from 'node:fs'
import { lstat, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { KitError } from '../../src/core/errors.js'
import type { CallOptions } from '../facets/call.js'
import type { ByteRange, FileContent, FileEntry } from '../facets/named-files.js'
import { checkFolderName } from '../files/file-name.js'
import type { StoredFiles } from '../files/files-backend.js'
import { renaming } from '../files/rename-step.js'
import {
  checkPublicName,
  isPublicName,
  isTemporaryName,
  temporaryName
} from '../files/temporary-name.js'
import type { Skipped } from '../skipped.js'
import { DurableFolders, parentOf } from './durable-folders.js'
import { folderError, isMissing } from './errors.js'
import { SteadySync } from './steady-sync.js'

/** Bytes that are read at a time. */
const PIECE = 1 << 20
/** Neither follows a link nor waits for the other end of a pipe. */
const READING = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

export class NamedFolder implements StoredFiles {
  readonly where: string
  readonly #path: string
  readonly #skipped: Skipped
  readonly #folders: DurableFolders

  constructor(path: string, skipped: Skipped) {
    this.where = path
    this.#path = path
    this.#folders = new DurableFolders(path)
    this.#skipped = skipped
  }

  async *get(name: string, range: ByteRange, { signal }: CallOptions): AsyncIterable<Uint8Array> {
    this.#check(name, signal)
    const file = await this.#opened(name)
    try {
      const found = await file.stat()
      if (!found.isFile()) {
        this.#tellSkipped(name)
        throw noFile(name)
      }
      let at = range.position
      const end = Math.min(found.size, at + (range.length ?? found.size))
      while (at < end) {
        const piece = Buffer.allocUnsafeSlow(Math.min(PIECE, end - at))
        const { bytesRead } = await file.read(piece, 0, piece.length, at)
        if (signal.aborted) throw signal.reason
        if (bytesRead === 0) return
        at += bytesRead
        yield piece.subarray(0, bytesRead)
      }
    } catch (error) {
      throw folderError(error, this.#path)
    } finally {
      await file.close()
    }
  }

  /** A missing file is only sure where the folder itself is there. */
  async #opened(name: string): Promise<FileHandle> {
    try {
      return await open(join(this.#path, name), READING)
    } catch (error) {
      if (!isMissing(error)) throw folderError(error, this.#path)
      await this.mustBeThere()
      throw noFile(name)
    }
  }

  async *list(folder: string, suffix: string, { signal }: CallOptions): AsyncIterable<FileEntry> {
    checkFolderName(folder)
    for (const name of await this.#namesIn(folder, suffix)) {
      if (signal.aborted) throw signal.reason
      const entry = await this.#look(folder === '' ? name : `${folder}/${name}`)
      if (entry !== undefined) yield entry
    }
  }

  /** The names that `get` would take. */
  async #namesIn(folder: string, suffix: string): Promise<string[]> {
    try {
      const entries = await readdir(join(this.#path, folder), { withFileTypes: true })
      // Names that no caller could ask for are not listed either.
      const wanted = entries.filter(({ name }) => name.endsWith(suffix) && isPublicName(name))
      for (const entry of wanted)
        if (!entry.isFile() && !entry.isDirectory()) this.#tellSkipped(join(folder, entry.name))
      return wanted.flatMap((entry) => (entry.isFile() ? [entry.name] : []))
    } catch (error) {
      if (!isMissing(error)) throw folderError(error, this.#path)
      await this.mustBeThere()
      return []
    }
  }

  #tellSkipped(name: string): void {
    this.#skipped.tell(`${join(this.#path, name)} is no file`)
  }

  async stat(name: string, { signal }: CallOptions): Promise<FileEntry | undefined> {
    this.#check(name, signal)
    const entry = await this.#look(name)
    if (entry === undefined) await this.mustBeThere()
    return entry
  }

  async #look(name: string): Promise<FileEntry | undefined> {
    try {
      const found = await lstat(join(this.#path, name))
      const version = `${found.mtimeMs}-${found.ctimeMs}-${found.size}`
      const { size, mtimeMs: modifiedMs } = found
      return found.isFile() ? { name, size, version, modifiedMs } : undefined
    } catch (error) {
      if (isMissing(error)) return undefined
      throw folderError(error, this.#path)
    }
  }

  /** Durable: the content is synced before the rename, and the folders after it. */
  async put(name: string, content: FileContent, { signal }: CallOptions): Promise<void> {
    this.#check(name, signal)
    await this.mustBeThere()
    const path = join(this.#path, name)
    const temporary = join(this.#path, temporaryName(name))
    try {
      await this.#folders.make(parentOf(name))
      await writeDurably(temporary, content, signal)
      if (signal.aborted) throw signal.reason
      await renaming(rename(temporary, path))
      await this.#folders.sync(parentOf(name))
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined)
      throw folderError(error, this.#path)
    }
  }

  async remove(name: string, { signal }: CallOptions): Promise<void> {
    this.#check(name, signal)
    await this.mustBeThere()
    try {
      await rm(join(this.#path, name), { force: true })
    } catch (error) {
      if (!isMissing(error)) throw folderError(error, this.#path)
    }
  }

  /** Looks into the folders alone into which this program puts files. */
  async sweep(before: number, { signal }: CallOptions): Promise<number> {
    await this.mustBeThere()
    let count = 0
    for (const folder of ['', 'cars', ...(await this.#foldersIn('blocks'))])
      for (const name of await this.#entriesOf(folder)) {
        if (signal.aborted) throw signal.reason
        if (isTemporaryName(name) && (await this.#sweepFile(join(folder, name), before))) count++
      }
    return count
  }

  async #sweepFile(name: string, before: number): Promise<boolean> {
    const path = join(this.#path, name)
    try {
      const found = await lstat(path)
      if (!found.isFile() || found.mtimeMs >= before) return false
      await rm(path)
      return true
    } catch (error) {
      // Its own put may have taken it away.
      if (isMissing(error)) return false
      throw folderError(error, this.#path)
    }
  }

  async #foldersIn(folder: string): Promise<string[]> {
    return (await this.#entriesOf(folder)).map((name) => join(folder, name))
  }

  async #entriesOf(folder: string): Promise<string[]> {
    try {
      return await readdir(join(this.#path, folder))
    } catch (error) {
      if (isMissing(error)) return []
      throw folderError(error, this.#path)
    }
  }

  async describe(): Promise<string> {
    await this.mustBeThere()
    const names = await readdir(this.#path).catch((error: unknown) => {
      throw folderError(error, this.#path)
    })
    return `a folder of ${names.length} entries`
  }

  /** A disk that is not plugged in says nothing about what it holds. @throws BACKEND_UNAVAILABLE. */
  async mustBeThere(): Promise<void> {
    const found = await stat(this.#path).catch((error: unknown) => {
      if (!isMissing(error)) throw folderError(error, this.#path)
      return undefined
    })
    if (found?.isDirectory() === true) return
    throw new KitError(
      'BACKEND_UNAVAILABLE',
      `there is no folder ${this.#path}; is its disk there?`
    )
  }

  #check(name: string, signal: AbortSignal): void {
    checkPublicName(name)
    if (signal.aborted) throw signal.reason
  }
}

const noFile = (name: string): KitError =>
  new KitError('PATH_NOT_FOUND', `there is no file ${name}`)

/** Writes a new file and syncs it. The caller makes its name durable. */
async function writeDurably(
  path: string,
  content: FileContent,
  signal: AbortSignal
): Promise<void> {
  const file = await open(path, 'wx')
  const disk = new SteadySync(file, signal)
  try {
    for await (const piece of content()) {
      if (signal.aborted) throw signal.reason
      for (let done = 0; done < piece.length;)
        done += (await file.write(piece, done, piece.length - done)).bytesWritten
      await disk.wrote(piece.length)
    }
    await disk.end()
  } finally {
    await file.close()
  }
}
