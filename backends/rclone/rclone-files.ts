/** Named files on a remote of rclone. Source: https://rclone.org/rc/ */
import { createHash } from 'node:crypto'
import { KitError } from '../../src/core/errors.js'
import type { CallOptions } from '../facets/call.js'
import type { ByteRange, FileContent, FileEntry } from '../facets/named-files.js'
import { checkFolderName } from '../files/file-name.js'
import type { StoredFiles } from '../files/files-backend.js'
import { NameTurns } from '../files/name-turns.js'
import {
  checkPublicName,
  isPublicName,
  isTemporaryName,
  uploadName,
  UPLOADS
} from '../files/temporary-name.js'
import { isRange, rangeHeaders, rangeOf } from '../http-range.js'
import { multipart } from '../multipart.js'
import type { Skipped } from '../skipped.js'
import { withLongAnswer, withStepTime } from '../step-time.js'
import { rcloneError } from './errors.js'
import type { RcloneOptions } from './options.js'
import { RcloneRemote, type RemoteItem } from './remote.js'

/** What was half put is taken away in this time, or left. */
const DISCARD_MS = 2000

export class RcloneFiles implements StoredFiles {
  readonly where: string
  readonly #remote: RcloneRemote
  readonly #skipped: Skipped
  readonly #turns = new NameTurns()

  constructor(options: RcloneOptions, skipped: Skipped) {
    this.where = options.remote
    this.#remote = new RcloneRemote(options)
    this.#skipped = skipped
  }

  async *get(name: string, range: ByteRange, { signal }: CallOptions): AsyncIterable<Uint8Array> {
    check(name, signal)
    if (range.length === 0) return await this.#mustHave(name, signal)
    const http = await this.#remote.http()
    const answer = await http.send({ path: this.#remote.pathOf(name), headers: rangeHeaders(range), signal }) // prettier-ignore
    if (isRange(answer)) return yield* rangeOf(http, answer, range, signal)
    const refusal = await http.refusalOf(answer, signal)
    const found = await this.stat(name, { signal })
    if (found === undefined) throw noFile(name)
    // Of a range behind the end some remotes say that it is not there.
    if (range.position < found.size) throw rcloneError(refusal, this.where)
  }

  async #mustHave(name: string, signal: AbortSignal): Promise<void> {
    if ((await this.stat(name, { signal })) === undefined) throw noFile(name)
  }

  async *list(folder: string, suffix: string, { signal }: CallOptions): AsyncIterable<FileEntry> {
    checkFolderName(folder)
    if (signal.aborted) throw signal.reason
    const items = await this.#remote.list(folder, suffix, signal)
    if (items === undefined) return await this.#remote.mustBeThere(signal)
    for (const item of items) {
      if (item.IsDir || !item.Name.endsWith(suffix) || !isPublicName(item.Name)) continue
      const name = folder === '' ? item.Name : `${folder}/${item.Name}`
      const entry = item.Name.includes('/') ? undefined : entryOf(name, item)
      if (entry !== undefined) yield entry
      else this.#skipped.tell(`${this.where}/${name} has no size, or no plain name`)
    }
  }

  async stat(name: string, { signal }: CallOptions): Promise<FileEntry | undefined> {
    check(name, signal)
    const item = await this.#remote.stat(name, signal)
    if (item === undefined) await this.#remote.mustBeThere(signal)
    return item === undefined || item.IsDir ? undefined : entryOf(name, item)
  }

  async put(name: string, content: FileContent, { signal }: CallOptions): Promise<void> {
    check(name, signal)
    const temporary = uploadName()
    let isMoved = false
    try {
      await this.#upload(temporary, content, signal)
      // Some remotes copy all of a file to give it another name.
      const replace = (): Promise<void> => withStepTime(signal, `${this.where} gives ${name} its name`, (ending) => this.#remote.replace(temporary, name, ending)) // prettier-ignore
      await this.#turns.run(name, replace, signal)
      isMoved = true
    } finally {
      if (!isMoved) await this.#discard(temporary)
    }
  }

  /** Uploads, and compares what the remote has with what was sent. */
  async #upload(temporary: string, content: FileContent, signal: AbortSignal): Promise<void> {
    const hashType = await this.#remote.quickHash(signal)
    const sent = { bytes: 0, hash: createHash(hashType ?? 'md5') }
    const noted = async function* (): AsyncIterable<Uint8Array> {
      Object.assign(sent, { bytes: 0, hash: createHash(hashType ?? 'md5') })
      for await (const piece of content()) {
        sent.bytes += piece.length
        if (hashType !== undefined) sent.hash.update(piece)
        yield piece
      }
    }
    await withLongAnswer(signal, `${this.where} takes in a file`, noted, (ending, told) =>
      this.#remote.upload(temporary, (file) => multipart(told, file), ending)
    )
    const kept = await this.#remote.stat(temporary, signal, hashType)
    if (kept?.Size !== sent.bytes) throw this.#kept(`${kept?.Size ?? 'no'} of ${sent.bytes} bytes`)
    const hash = hashType === undefined ? '' : (kept.Hashes?.[hashType] ?? '')
    if (hash !== '' && hash !== sent.hash.digest('hex')) throw this.#kept('other bytes than it was sent') // prettier-ignore
  }

  #kept(what: string): KitError {
    return new KitError('BACKEND_UNAVAILABLE', `${this.where} kept ${what}; it is not used`)
  }

  /** The call that put it may have been aborted. What cannot be taken away is not listed. */
  async #discard(temporary: string): Promise<void> {
    const signal = AbortSignal.timeout(DISCARD_MS)
    await this.#remote.remove(temporary, signal).catch(() => undefined)
  }

  async remove(name: string, { signal }: CallOptions): Promise<void> {
    check(name, signal)
    if ((await this.stat(name, { signal })) !== undefined) await this.#remote.remove(name, signal)
  }

  async sweep(before: number, { signal }: CallOptions): Promise<number> {
    const items = (await this.#remote.list(UPLOADS.slice(0, -1), '', signal)) ?? []
    // Of a time that is not told nothing is known: no comparison with it is true.
    const left = items.filter(
      ({ Name, IsDir, ModTime }) =>
        !IsDir && isTemporaryName(UPLOADS + Name) && Date.parse(ModTime) < before
    )
    for (const { Name } of left) await this.#remote.remove(UPLOADS + Name, signal)
    return left.length
  }

  async describe({ signal }: CallOptions): Promise<string> {
    return await this.#remote.describe(signal)
  }

  close(): Promise<void> {
    return this.#remote.close()
  }
}

function check(name: string, signal: AbortSignal): void {
  checkPublicName(name)
  if (signal.aborted) throw signal.reason
}

const noFile = (name: string): KitError =>
  new KitError('PATH_NOT_FOUND', `there is no file ${name}`)

/** A document of an office has no size until it is exported. */
function entryOf(name: string, { Size, ModTime, ID }: RemoteItem): FileEntry | undefined {
  return Size < 0 ? undefined : { name, size: Size, version: `${ModTime}-${Size}-${ID ?? ''}` }
}
