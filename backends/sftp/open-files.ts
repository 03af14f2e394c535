/**
 * Files that stay open between short reads of them. The next one costs one round trip: while it is
 * under way the name is looked at, and bytes of a file that has lost its name meanwhile are not given.
 */
import type { Stats } from 'ssh2'
import { StatusError } from './errors.js'
import { readShort, type ShortRange } from './read-short.js'
import type { Handle, Session } from './session.js'

/** Files that are held open at a time; servers allow hundreds. */
const MAX_KEPT = 16
/** A file that nobody reads is closed: a server cannot free what is removed and still open. */
const IDLE_MS = 10_000

interface OpenFile {
  readonly handle: Handle
  readonly seen: Stats
  readers: number
  isKept: boolean
}

export class OpenFiles {
  readonly #session: Session
  /** By path; the one that was read last is the last. */
  readonly #kept = new Map<string, OpenFile>()
  #idle: NodeJS.Timeout | undefined

  constructor(session: Session) {
    this.#session = session
  }

  /**
   * Gives a short range of a file in one piece; fewer bytes where the file ends.
   * @param look says what has the path now, or throws where that is no file.
   */
  async *read(
    path: string,
    range: ShortRange,
    look: () => Promise<Stats>,
    signal: AbortSignal
  ): AsyncIterable<Uint8Array> {
    const bytes =
      (await this.#readAgain(path, range, signal)) ??
      (await this.#readFirst(path, range, look, signal))
    if (bytes.length > 0) yield bytes
  }

  async #readFirst(
    path: string,
    range: ShortRange,
    look: () => Promise<Stats>,
    signal: AbortSignal
  ): Promise<Buffer> {
    const seen = await look()
    const handle = await this.#session.open(path, 'r', signal)
    const file = { handle, seen, readers: 0, isKept: true }
    this.#keep(path, file)
    return await this.#readFrom(file, range, signal)
  }

  /** Closes a file, so that the next read opens what has the path then. */
  close(path: string): void {
    const file = this.#kept.get(path)
    if (file !== undefined) this.#letGo(path, file)
  }

  /** Gives undefined where no file is open that has the path still, or the server gave it up. */
  async #readAgain(
    path: string,
    range: ShortRange,
    signal: AbortSignal
  ): Promise<Buffer | undefined> {
    const file = this.#kept.get(path)
    if (file === undefined) return undefined
    this.#touch(path, file)
    const looked = this.#session.lstat(path, signal)
    // Both requests are under way at once, and either may fail first.
    looked.catch(() => undefined)
    try {
      const bytes = await this.#readFrom(file, range, signal)
      if (isSame(await looked, file.seen)) return bytes
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
    }
    this.#letGo(path, file)
    return undefined
  }

  async #readFrom(file: OpenFile, range: ShortRange, signal: AbortSignal): Promise<Buffer> {
    file.readers++
    try {
      return await readShort(this.#session, file.handle, range, signal)
    } finally {
      file.readers--
      this.#closeUnused(file)
    }
  }

  #keep(path: string, file: OpenFile): void {
    this.close(path)
    this.#touch(path, file)
    for (const [oldest, each] of this.#kept) {
      if (this.#kept.size <= MAX_KEPT) break
      this.#letGo(oldest, each)
    }
  }

  #touch(path: string, file: OpenFile): void {
    this.#kept.delete(path)
    this.#kept.set(path, file)
    this.#idle ??= setTimeout(() => this.#closeAll(), IDLE_MS).unref()
    this.#idle.refresh()
  }

  #closeAll(): void {
    for (const [path, file] of this.#kept) this.#letGo(path, file)
  }

  #letGo(path: string, file: OpenFile): void {
    if (this.#kept.get(path) === file) this.#kept.delete(path)
    file.isKept = false
    this.#closeUnused(file)
  }

  #closeUnused({ handle, readers, isKept }: OpenFile): void {
    if (readers === 0 && !isKept) this.#session.abandon(handle)
  }
}

const isSame = (now: Stats, seen: Stats): boolean =>
  now.isFile() && now.size === seen.size && now.mtime === seen.mtime
