/** Requests of SFTP as promises. Each ends with its signal, and with the connection. */
import type { FileEntryWithStats, SFTPWrapper, Stats } from 'ssh2'
import { onAbort } from '../../src/core/abort.js'
import { requestError, type VolumeState } from './errors.js'

/** A file or a folder that the server holds open. */
export type Handle = Buffer

type Done<T> = (error: Error | null | undefined, value: T) => void

/** Calls back for a request whose answer is only a status. */
type Status = (error?: Error | null) => void

const PIECE = 128 * 1024
/** Every server takes requests of this size. */
const SMALL_PIECE = 31 * 1024
const READ_ONLY_FLAG = 1

/** The values of `statvfs@openssh.com` that are looked at. */
interface StatVfs {
  readonly f_frsize: number
  readonly f_bavail: number
  readonly f_files: number
  readonly f_favail: number
  readonly f_flag: number
}

/** Parts of ssh2 that its types do not name. */
interface Inside {
  readonly _extensions?: Readonly<Record<string, string>>
  readonly _maxReadLen?: number
  readonly _maxWriteLen?: number
}

export class Session {
  /** Bytes of one request to read or write. */
  readonly pieceSize: number
  readonly #sftp: SFTPWrapper
  readonly #where: string
  readonly #extensions: Readonly<Record<string, string>>
  readonly #another: () => Promise<Session>
  /** Ends every request that waits. */
  readonly #waiting = new Set<(error: Error) => void>()
  #lost: Error | undefined

  /**
   * @param where the server is, for messages.
   * @param another makes one more on the same connection.
   */
  constructor(sftp: SFTPWrapper, where: string, another: () => Promise<Session>) {
    this.#sftp = sftp
    this.#another = another
    this.#where = where
    const { _extensions, _maxReadLen = 0, _maxWriteLen = 0 } = sftp as unknown as Inside
    this.#extensions = _extensions ?? {}
    this.pieceSize = Math.min(_maxReadLen, _maxWriteLen) >= PIECE ? PIECE : SMALL_PIECE
  }

  get isLost(): boolean {
    return this.#lost !== undefined
  }

  /** Ends all requests, and those to come. */
  lose(error: Error): void {
    this.#lost ??= error
    for (const end of this.#waiting) end(this.#lost)
  }

  /** Makes another one on the same connection, which its maker ends. Servers allow a few of them. */
  beside(): Promise<Session> {
    return this.#another()
  }

  /** Ends this one alone. */
  end(): void {
    this.#sftp.end()
  }

  offers(extension: string): boolean {
    return this.#extensions[extension] !== undefined
  }

  open(path: string, flags: 'r' | 'r+' | 'wx', signal: AbortSignal): Promise<Handle> {
    return this.#openHandle(signal, (done) => this.#sftp.open(path, flags, done))
  }

  openFolder(path: string, signal: AbortSignal): Promise<Handle> {
    return this.#openHandle(signal, (done) => this.#sftp.opendir(path, done))
  }

  /** A handle that comes too late for its caller is closed. */
  #openHandle(signal: AbortSignal, send: (done: Done<Handle>) => void): Promise<Handle> {
    let hasLeft = false
    const opened = this.#request<Handle>(signal, (done) =>
      send((error, handle) => {
        if (hasLeft && handle !== undefined) this.abandon(handle)
        done(error, handle)
      })
    )
    opened.catch(() => (hasLeft = true))
    return opened
  }

  close(handle: Handle, signal: AbortSignal): Promise<void> {
    return this.#request(signal, (done) => this.#sftp.close(handle, done as Status))
  }

  /** Closes without waiting, for whoever leaves. */
  abandon(handle: Handle): void {
    if (this.#lost !== undefined) return
    try {
      this.#sftp.close(handle, () => undefined)
    } catch {
      // The connection ends, and all handles with it.
    }
  }

  /** Reads into a buffer and gives the number of bytes, zero at the end of the file. */
  read(handle: Handle, into: Buffer, position: number, signal: AbortSignal): Promise<number> {
    return this.#request(signal, (done) =>
      this.#sftp.read(handle, into, 0, into.length, position, done)
    )
  }

  /** Writes up to `pieceSize` bytes, whose memory may be used again once this returns. */
  write(handle: Handle, bytes: Buffer, position: number, signal: AbortSignal): Promise<void> {
    return this.#request(signal, (done) =>
      this.#sftp.write(handle, bytes, 0, bytes.length, position, done as Status)
    )
  }

  /** Gives the next entries of a folder; it throws the status `eof` after the last. */
  readFolder(handle: Handle, signal: AbortSignal): Promise<FileEntryWithStats[]> {
    return this.#request(signal, (done) => this.#sftp.readdir(handle as unknown as string, done))
  }

  fstat(handle: Handle, signal: AbortSignal): Promise<Stats> {
    return this.#request(signal, (done) => this.#sftp.fstat(handle, done))
  }

  stat(path: string, signal: AbortSignal): Promise<Stats> {
    return this.#request(signal, (done) => this.#sftp.stat(path, done))
  }

  lstat(path: string, signal: AbortSignal): Promise<Stats> {
    return this.#request(signal, (done) => this.#sftp.lstat(path, done))
  }

  realpath(path: string, signal: AbortSignal): Promise<string> {
    return this.#request(signal, (done) => this.#sftp.realpath(path, done))
  }

  makeFolder(path: string, signal: AbortSignal): Promise<void> {
    return this.#request(signal, (done) => this.#sftp.mkdir(path, done as Status))
  }

  remove(path: string, signal: AbortSignal): Promise<void> {
    return this.#request(signal, (done) => this.#sftp.unlink(path, done as Status))
  }

  /** Renames; where a file of the new name is there, most servers refuse it. */
  rename(from: string, to: string, signal: AbortSignal): Promise<void> {
    return this.#request(signal, (done) => this.#sftp.rename(from, to, done as Status))
  }

  /** Renames in one step, replacing what is there. Only for servers that offer POSIX_RENAME. */
  replace(from: string, to: string, signal: AbortSignal): Promise<void> {
    return this.#request(signal, (done) => this.#sftp.ext_openssh_rename(from, to, done as Status))
  }

  /** Makes durable. Only for servers that offer FSYNC. */
  sync(handle: Handle, signal: AbortSignal): Promise<void> {
    return this.#request(signal, (done) => this.#sftp.ext_openssh_fsync(handle, done))
  }

  /** Looks at the file system of a path. Only for servers that offer STATVFS. */
  async volume(path: string, signal: AbortSignal): Promise<VolumeState> {
    const found = await this.#request<StatVfs>(signal, (done) =>
      this.#sftp.ext_openssh_statvfs(path, done)
    )
    return {
      free: found.f_bavail * found.f_frsize,
      // Some file systems do not count their files.
      freeFiles: found.f_files === 0 ? Infinity : found.f_favail,
      isReadOnly: (found.f_flag & READ_ONLY_FLAG) !== 0
    }
  }

  #request<T>(signal: AbortSignal, send: (done: Done<T>) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error)
      if (this.#lost !== undefined) return reject(this.#lost)
      const settle = (): void => {
        release()
        this.#waiting.delete(fail)
      }
      const fail = (error: Error): void => {
        settle()
        reject(error)
      }
      const release = onAbort(signal, () => fail(signal.reason as Error))
      this.#waiting.add(fail)
      try {
        send((error, value) => {
          if (error !== undefined && error !== null) return fail(this.#lost ?? requestError(error, this.#where)) // prettier-ignore
          settle()
          resolve(value)
        })
      } catch (error) {
        fail(requestError(error as Error, this.#where))
      }
    })
  }
}

export const POSIX_RENAME = 'posix-rename@openssh.com'
export const FSYNC = 'fsync@openssh.com'
export const STATVFS = 'statvfs@openssh.com'
