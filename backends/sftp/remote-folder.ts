/**
 * Named files in a folder of an SFTP server. Links are not followed in the last part of a name, and
 * those on the way only where they stay inside the folder.
 */
import type { Stats } from 'ssh2'
import { KitError } from '../../src/core/errors.js'
import { Semaphore } from '../../src/core/semaphore.js'
import type { CallOptions } from '../facets/call.js'
import type { ByteRange, FileContent, FileEntry, PutOptions } from '../facets/named-files.js'
import { checkFolderName } from '../files/file-name.js'
import type { StoredFiles } from '../files/files-backend.js'
import { checkPublicName, isPublicName } from '../files/temporary-name.js'
import type { Skipped } from '../skipped.js'
import type { Connection } from './connection.js'
import { hasStatus, STATUS, StatusError, statusError } from './errors.js'
import { folderEntries } from './folder-entries.js'
import { Incoming, INCOMING } from './incoming.js'
import { OpenFiles } from './open-files.js'
import { readAhead } from './read-ahead.js'
import { isShort } from './read-short.js'
import type { Session } from './session.js'
import { volumeOf } from './volume.js'

/** Files and folders that are open at a time; servers allow hundreds. */
const MAX_OPEN = 64

interface Opened {
  readonly session: Session
  /** The folder's own path without links; empty for the root of the server. */
  readonly root: string
  readonly files: OpenFiles
}

export class RemoteFolder implements StoredFiles {
  readonly where: string
  readonly #connection: Connection
  readonly #path: string
  readonly #skipped: Skipped
  readonly #incoming = new Incoming()
  readonly #turns = new Semaphore(MAX_OPEN)
  /** By session: a new one may have another path, and other files open. */
  readonly #opens = new WeakMap<Session, Opened>()

  /** @param path absolute, or below the folder where a login begins. */
  constructor(connection: Connection, path: string, skipped: Skipped) {
    this.where = `${connection.where} ${path}`
    this.#connection = connection
    this.#path = path
    this.#skipped = skipped
  }

  async *get(name: string, range: ByteRange, { signal }: CallOptions): AsyncIterable<Uint8Array> {
    checkName(name, signal)
    const { session, root, files } = await this.#opened(signal)
    const path = `${root}/${name}`
    const look = (): Promise<Stats> => this.#mustBeFile(session, root, name, signal)
    try {
      if (isShort(range)) return yield* files.read(path, range, look, signal)
      await look()
      const handle = await session.open(path, 'r', signal)
      try {
        const { size } = await session.fstat(handle, signal)
        const { position, length = size } = range
        yield* readAhead(session, handle, { position, end: Math.min(size, position + length) }, signal) // prettier-ignore
      } finally {
        session.abandon(handle)
      }
    } catch (error) {
      if (hasStatus(error, STATUS.noSuchFile)) throw noFile(name)
      throw statusError(error, this.#shown(name))
    }
  }

  /** Other things than files are not opened: a pipe would hold up the server. */
  async #mustBeFile(
    session: Session,
    root: string,
    name: string,
    signal: AbortSignal
  ): Promise<Stats> {
    // prettier-ignore
    const found = await this.#look(session, root, name, signal)
    if (found?.isFile() === true) return found
    if (found === undefined) await this.#mustBeThere(session, root, signal)
    else if (!found.isDirectory()) this.#tellSkipped(name)
    throw noFile(name)
  }

  async *list(folder: string, suffix: string, { signal }: CallOptions): AsyncIterable<FileEntry> {
    checkFolderName(folder)
    const { session, root } = await this.#opened(signal)
    const path = folder === '' ? root : `${root}/${folder}`
    const tell = (name: string): void => this.#tellSkipped(folder === '' ? name : `${folder}/${name}`) // prettier-ignore
    try {
      await this.#mustStayInside(session, root, path, signal)
      for await (const { name, attrs } of folderEntries(session, path, suffix, signal, tell))
        if (isPublicName(name)) yield entryOf(folder === '' ? name : `${folder}/${name}`, attrs)
    } catch (error) {
      if (!(await this.#isMissing(session, error, path, signal))) throw statusError(error, this.#shown(folder)) // prettier-ignore
      await this.#mustBeThere(session, root, signal)
    }
  }

  async stat(name: string, { signal }: CallOptions): Promise<FileEntry | undefined> {
    checkName(name, signal)
    const { session, root, files } = await this.#opened(signal)
    // Whoever found wrong bytes looks at the file, and then reads what is there now.
    files.close(`${root}/${name}`)
    try {
      const found = await this.#look(session, root, name, signal)
      if (found === undefined) await this.#mustBeThere(session, root, signal)
      return found?.isFile() === true ? entryOf(name, found) : undefined
    } catch (error) {
      throw statusError(error, this.#shown(name))
    }
  }

  put(name: string, content: FileContent, options: PutOptions): Promise<void> {
    const { signal, size = Infinity } = options
    return new Promise((resolve, reject) => {
      checkName(name, signal)
      this.#turns.run(1, () => this.#put(name, content, size, signal), signal).then(resolve, reject)
    })
  }

  async #put(name: string, content: FileContent, size: number, signal: AbortSignal): Promise<void> {
    const { session, root, files } = await this.#opened(signal)
    try {
      await this.#mustStayInside(session, root, folderOf(`${root}/${name}`), signal)
      await this.#incoming.put(session, { root, name, content, size }, signal, (error) =>
        this.#explained(session, root, error, signal)
      )
    } catch (error) {
      throw statusError(error, this.#shown(name))
    } finally {
      files.close(`${root}/${name}`)
    }
  }

  /** Servers give no reason when a disk is full, or cannot be written. */
  async #explained(
    session: Session,
    root: string,
    error: unknown,
    signal: AbortSignal
  ): Promise<unknown> {
    // prettier-ignore
    if (!hasStatus(error, STATUS.failure)) return error
    return statusError(error, this.where, await volumeOf(session, root, signal))
  }

  async remove(name: string, { signal }: CallOptions): Promise<void> {
    checkName(name, signal)
    const { session, root, files } = await this.#opened(signal)
    const path = `${root}/${name}`
    files.close(path)
    try {
      await this.#mustStayInside(session, root, folderOf(path), signal)
      await session.remove(path, signal)
    } catch (error) {
      if (!(await this.#isMissing(session, error, folderOf(path), signal)))
        throw statusError(await this.#explained(session, root, error, signal), this.#shown(name))
      await this.#mustBeThere(session, root, signal)
    }
  }

  async sweep(before: number, { signal }: CallOptions): Promise<number> {
    const { session, root } = await this.#opened(signal)
    try {
      return await this.#incoming.sweep(session, root, before / 1000, signal)
    } catch (error) {
      throw statusError(error, this.where)
    }
  }

  async #opened(signal: AbortSignal): Promise<Opened> {
    const session = await this.#connection.session(signal)
    const known = this.#opens.get(session)
    if (known !== undefined) return known
    const path = await session.realpath(this.#path, signal).catch((error: unknown) => {
      throw hasStatus(error, STATUS.noSuchFile) ? this.#notThere() : statusError(error, this.#path)
    })
    await this.#mustBeThere(session, path, signal)
    const root = path === '/' ? '' : path
    // Somebody else may have come here first, and have opened files.
    const opened = this.#opens.get(session) ?? { session, root, files: new OpenFiles(session) }
    this.#opens.set(session, opened)
    return opened
  }

  /** Looks at a name; undefined where there is nothing. */
  async #look(
    session: Session,
    root: string,
    name: string,
    signal: AbortSignal
  ): Promise<Stats | undefined> {
    // prettier-ignore
    const path = `${root}/${name}`
    const inside = this.#mustStayInside(session, root, folderOf(path), signal)
    // Both requests are under way at once, and either may fail first.
    inside.catch(() => undefined)
    try {
      const found = await session.lstat(path, signal)
      await inside
      return found
    } catch (error) {
      if (await this.#isMissing(session, error, folderOf(path), signal)) return undefined
      throw error
    }
  }

  /** Whether an error says that something is not there: a part of the way may also be a file. */
  async #isMissing(
    session: Session,
    error: unknown,
    folder: string,
    signal: AbortSignal
  ): Promise<boolean> {
    // prettier-ignore
    if (hasStatus(error, STATUS.noSuchFile)) return true
    if (!hasStatus(error, STATUS.failure)) return false
    const found = await session.stat(folder, signal).catch((reason: unknown) => reason)
    if (hasStatus(found, STATUS.noSuchFile)) return true
    if (found instanceof Error) throw found
    return !(found as Stats).isDirectory()
  }

  /** @throws ACCESS_DENIED where a link on the way leads out of the folder. */
  async #mustStayInside(
    session: Session,
    root: string,
    folder: string,
    signal: AbortSignal
  ): Promise<void> {
    // prettier-ignore
    if (folder === root || folder === '') return
    const real = await session.realpath(folder, signal).catch((error: unknown) => {
      if (error instanceof StatusError) return folder
      throw error
    })
    if (real === folder || real === root || real.startsWith(`${root}/`)) return
    throw new KitError(
      'ACCESS_DENIED',
      `${folder} is a link that leads out of ${root} to ${real}; it is not followed`
    )
  }

  /** A folder that is not there says nothing about what it holds. @throws BACKEND_UNAVAILABLE. */
  async #mustBeThere(session: Session, root: string, signal: AbortSignal): Promise<void> {
    const found = await session.stat(root === '' ? '/' : root, signal).catch((error: unknown) => {
      if (hasStatus(error, STATUS.noSuchFile)) return undefined
      throw statusError(error, this.#path)
    })
    if (found?.isDirectory() !== true) throw this.#notThere()
  }

  /** Asks whether the folder is there, and says what is known of its disk. */
  async describe({ signal }: CallOptions): Promise<string> {
    const { session, root } = await this.#opened(signal)
    await this.#mustBeThere(session, root, signal)
    const volume = await volumeOf(session, root, signal)
    if (volume === undefined) return 'a folder by SFTP'
    return `a folder by SFTP with ${(volume.free / 1e9).toFixed(1)} GB free`
  }

  close(): Promise<void> {
    this.#connection.close()
    return Promise.resolve()
  }

  #notThere(): KitError {
    return new KitError(
      'BACKEND_UNAVAILABLE',
      `there is no folder ${this.#path} on ${this.#connection.where}; make it first, or is its disk there?`
    )
  }

  #shown(name: string): string {
    return name === '' ? this.where : `${this.where}/${name}`
  }

  #tellSkipped(name: string): void {
    this.#skipped.tell(`${this.#shown(name)} is no file`)
  }
}

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'))

/** Times of SFTP are whole seconds. */
const entryOf = (name: string, { size, mtime }: Stats): FileEntry => ({ name, size, version: `${mtime}-${size}` }) // prettier-ignore

const noFile = (name: string): KitError =>
  new KitError('PATH_NOT_FOUND', `there is no file ${name}`)

function checkName(name: string, signal: AbortSignal): void {
  checkPublicName(name)
  if (name === INCOMING || name.startsWith(`${INCOMING}/`))
    throw new KitError('INVALID_ARGUMENT', `"${name}" is a name for files that are being put`)
  if (signal.aborted) throw signal.reason
}
