/** Named files in a folder of a WebDAV server. */
import { systemClock } from '../../src/core/clock.js'
import { KitError } from '../../src/core/errors.js'
import { printableText } from '../../src/core/printable.js'
import type { CallOptions } from '../facets/call.js'
import type { ByteRange, FileContent, FileEntry } from '../facets/named-files.js'
import { checkFolderName } from '../files/file-name.js'
import type { StoredFiles } from '../files/files-backend.js'
import { NameTurns } from '../files/name-turns.js'
import { renaming } from '../files/rename-step.js'
import {
  checkPublicName,
  isPublicName,
  isTemporaryName,
  uploadName,
  UPLOADS
} from '../files/temporary-name.js'
import { rangeHeaders, rangeOf } from '../http-range.js'
import type { Skipped } from '../skipped.js'
import { withLongAnswer, withStepTime } from '../step-time.js'
import { Counted } from './counted.js'
import type { DavServer } from './dav-server.js'
import { fileOf, pathBelow, type DavEntry } from './multistatus.js'

/** A look at the folder itself is believed for so long. */
const FRESH_MS = 2000
/** What was half put is taken away in this time, or left. */
const DISCARD_MS = 2000
/** Folders that are remembered as made. */
const MAX_MADE = 10_000

export class DavFolder implements StoredFiles {
  readonly where: string
  readonly #server: DavServer
  readonly #skipped: Skipped
  readonly #made = new Set<string>()
  readonly #turns = new NameTurns()
  #seenAt = Number.NEGATIVE_INFINITY
  /** Whether the server moves files, as far as is known. */
  #moves = true

  constructor(server: DavServer, skipped: Skipped) {
    this.where = server.url.href
    this.#server = server
    this.#skipped = skipped
  }

  async *get(name: string, range: ByteRange, { signal }: CallOptions): AsyncIterable<Uint8Array> {
    check(name, signal)
    if (range.length === 0) {
      if ((await this.#look(name, signal)) === undefined) throw noFile(name)
      return
    }
    const answer = await this.#server.get(name, rangeHeaders(range), signal)
    if (answer === undefined) {
      await this.#mustBeThere(signal)
      throw noFile(name)
    }
    yield* rangeOf(this.#server.http, answer, range, signal)
  }

  async *list(folder: string, suffix: string, { signal }: CallOptions): AsyncIterable<FileEntry> {
    checkFolderName(folder)
    if (signal.aborted) throw signal.reason
    const top = folder === '' ? '' : `${folder}/`
    const found = await this.#server.find(top, '1', signal)
    if (found === undefined) return await this.#mustBeThere(signal)
    for await (const entry of found.entries) {
      const path = this.#pathOf(top, entry)
      if (path === undefined || !path.endsWith(suffix) || !isPublicName(path)) continue
      const file = fileOf(top + path, entry)
      if (file !== undefined) yield file
      else if (!entry.isFolder) this.#skipped.tell(`${this.where}${top}${path} has no size`)
    }
  }

  /** The name of an entry in a folder. One that leads elsewhere is told, and not followed. */
  #pathOf(top: string, { href }: DavEntry): string | undefined {
    try {
      const path = pathBelow(this.#server.urlOf(top), href)
      if (path?.includes('/') === true) throw new Error('is not in the folder')
      return path
    } catch (error) {
      const shown = printableText(href.slice(0, 100))
      this.#skipped.tell(`"${shown}", which ${this.where}${top} lists, ${(error as Error).message}`)
      return undefined
    }
  }

  async stat(name: string, { signal }: CallOptions): Promise<FileEntry | undefined> {
    check(name, signal)
    const entry = await this.#look(name, signal)
    return entry && fileOf(name, entry)
  }

  /** The entry of a file; undefined where there is none. */
  async #look(name: string, signal: AbortSignal): Promise<DavEntry | undefined> {
    const found = await this.#server.find(name, '0', signal)
    for await (const entry of found?.entries ?? []) return entry.isFolder ? undefined : entry
    await this.#mustBeThere(signal)
    return undefined
  }

  async put(name: string, content: FileContent, { signal }: CallOptions): Promise<void> {
    check(name, signal)
    try {
      await this.#makeFolders(name, signal)
      if (this.#moves) await this.#makeFolders(UPLOADS, signal)
      if (this.#moves) this.#moves = await this.#putAndMove(name, content, signal)
      if (!this.#moves) await this.#putInPlace(name, content, signal)
    } catch (error) {
      // Somebody else may have removed one of them.
      this.#made.clear()
      throw error
    }
  }

  /** @returns false where the server moves no files: nothing is put then. */
  async #putAndMove(name: string, content: FileContent, signal: AbortSignal): Promise<boolean> {
    const temporary = uploadName()
    let isMoved = false
    try {
      const counted = new Counted(content)
      await this.#upload(temporary, counted.begin, {}, signal)
      const size = await this.#sizeOf(temporary, signal)
      if (size !== counted.bytes) throw this.#kept(size, counted, name)
      const status = await this.#turns.run(name, () => this.#move(temporary, name, signal), signal)
      isMoved = status < 300
      return isMoved
    } finally {
      if (!isMoved) await this.#discard(temporary)
    }
  }

  #move(from: string, to: string, signal: AbortSignal): Promise<number> {
    const headers = { destination: this.#server.urlOf(to).href, overwrite: 'T' }
    // Some copy all of a file for that.
    return withStepTime(
      signal,
      `${this.where} moves ${to}`,
      (ending) =>
      renaming(this.#server.tell('MOVE', from, [200, 201, 204, 405, 501], { headers, signal: ending })) // prettier-ignore
    )
  }

  /** Puts a file where a server moves none: only it can see to it that no half of one is visible. */
  async #putInPlace(name: string, content: FileContent, signal: AbortSignal): Promise<void> {
    const found = await this.#look(name, signal)
    const etag = found?.getetag
    const unchanged: Record<string, string> = etag === undefined ? {} : { 'if-match': etag }
    const conditions = found === undefined ? { 'if-none-match': '*' } : unchanged
    const counted = new Counted(content)
    const status = await this.#upload(name, counted.begin, conditions, signal).catch(
      async (error: unknown) => {
        if (found === undefined) await this.#discardCut(name, counted)
        throw error
      }
    )
    if (status === 412) throw new KitError('BACKEND_UNAVAILABLE', `${name} in ${this.where} was changed by somebody else meanwhile; try again`) // prettier-ignore
    const size = await this.#sizeOf(name, signal)
    if (size === counted.bytes) return
    if (found === undefined) await this.#discardCut(name, counted)
    throw this.#kept(size, counted, name)
  }

  async #sizeOf(name: string, signal: AbortSignal): Promise<number | undefined> {
    const kept = await this.#look(name, signal)
    return kept && fileOf(name, kept)?.size
  }

  #kept(size: number | undefined, { bytes }: Counted, name: string): KitError {
    return new KitError('BACKEND_UNAVAILABLE', `${this.where} kept ${size ?? 'no'} bytes of the ${bytes} of ${name}`) // prettier-ignore
  }

  /** Takes a part of a new file away, and no whole one that somebody else has put there meanwhile. */
  async #discardCut(name: string, { bytes, isWhole }: Counted): Promise<void> {
    const size = await this.#sizeOf(name, AbortSignal.timeout(DISCARD_MS)).catch(() => undefined)
    if (size !== undefined && (isWhole ? size < bytes : size <= bytes)) await this.#discard(name)
  }

  async #upload(
    name: string,
    body: FileContent,
    conditions: Readonly<Record<string, string>>,
    signal: AbortSignal
  ): Promise<number> {
    const headers = { expect: '100-continue', ...conditions }
    const accepted = [200, 201, 204, 404, 409, 412]
    const status = await withLongAnswer(
      signal,
      `${this.where} takes in ${name}`,
      body,
      (ending, told) =>
        this.#server.tell('PUT', name, accepted, { headers, body: told, signal: ending })
    )
    if (status === 404 || status === 409) throw this.#noFolder()
    return status
  }

  /** Makes the folders on the way to a name. */
  async #makeFolders(name: string, signal: AbortSignal): Promise<void> {
    const folder = name.slice(0, Math.max(0, name.lastIndexOf('/')))
    if (folder === '' || this.#made.has(folder)) return
    // It is there already where the method is not allowed.
    const accepted = [200, 201, 204, 405, 409]
    const make = (): Promise<number> =>
      this.#server.tell('MKCOL', `${folder}/`, accepted, { signal })
    if ((await make()) === 409) {
      await this.#makeFolders(folder, signal)
      if ((await make()) === 409) throw this.#noFolder()
    }
    if (this.#made.size >= MAX_MADE) this.#made.clear()
    this.#made.add(folder)
  }

  /** The call that put it may have been aborted. What cannot be taken away is not listed. */
  async #discard(temporary: string): Promise<void> {
    const signal = AbortSignal.timeout(DISCARD_MS)
    await this.#server.tell('DELETE', temporary, [200, 204, 404], { signal }).catch(() => undefined)
  }

  async sweep(before: number, { signal }: CallOptions): Promise<number> {
    const found = await this.#server.find(UPLOADS, '1', signal)
    let count = 0
    for await (const entry of found?.entries ?? []) {
      const name = this.#pathOf(UPLOADS, entry)
      if (name === undefined || !isTemporaryName(UPLOADS + name) || entry.isFolder) continue
      // Of a time that is not told nothing is known: no comparison with it is true.
      if (!(Date.parse(entry.getlastmodified ?? '') < before)) continue
      await this.#server.tell('DELETE', UPLOADS + name, [200, 204, 404, 410], { signal })
      count++
    }
    return count
  }

  /** Looks before: a server would remove a folder of that name with all that is in it. */
  async remove(name: string, { signal }: CallOptions): Promise<void> {
    check(name, signal)
    if ((await this.#look(name, signal)) === undefined) return
    await this.#server.tell('DELETE', name, [200, 204, 404, 410], { signal })
  }

  async describe({ signal }: CallOptions): Promise<string> {
    const server = await this.#askFolder(signal)
    return `WebDAV${server === '' ? '' : ` by ${printableText(server.slice(0, 60))}`}`
  }

  /** A folder that is away says nothing about what it holds. @throws BACKEND_UNAVAILABLE. */
  async #mustBeThere(signal: AbortSignal): Promise<void> {
    if (systemClock.elapsed() - this.#seenAt >= FRESH_MS) await this.#askFolder(signal)
  }

  /** @returns what the server calls itself. */
  async #askFolder(signal: AbortSignal): Promise<string> {
    const found = await this.#server.find('', '0', signal)
    for await (const { isFolder } of found?.entries ?? [])
      if (isFolder) {
        this.#seenAt = systemClock.elapsed()
        return found!.server
      }
    throw this.#noFolder()
  }

  #noFolder(): KitError {
    return new KitError('BACKEND_UNAVAILABLE', `there is no folder ${this.where}; make it, or mend --url`) // prettier-ignore
  }

  close(): Promise<void> {
    this.#server.close()
    return Promise.resolve()
  }
}

function check(name: string, signal: AbortSignal): void {
  checkPublicName(name)
  if (signal.aborted) throw signal.reason
}

const noFile = (name: string): KitError =>
  new KitError('PATH_NOT_FOUND', `there is no file ${name}`)
