/** The calls of rclone's API on one remote. */
import { systemClock } from '../../src/core/clock.js'
import { KitError } from '../../src/core/errors.js'
import { renaming } from '../files/rename-step.js'
import type { HttpAnswer, HttpClient, HttpRequest } from '../http.js'
import type { Refusal } from '../http-status.js'
import { isMissing, rcloneError } from './errors.js'
import type { RcloneOptions } from './options.js'
import { Rcd } from './rcd.js'

/** Bytes of an answer: some hundred thousand files of one folder. */
const MAX_ANSWER = 64 << 20
/** A look at the remote itself is believed for so long. */
const FRESH_MS = 2000
/** The precision of times where there are none, in ns: a hundred years. */
const NO_TIMES = 3_153_600_000_000_000_000

/** A file or folder, as rclone lists it. */
export interface RemoteItem {
  readonly Name: string
  /** In bytes; -1 where it is not known. */
  readonly Size: number
  readonly ModTime: string
  readonly IsDir: boolean
  readonly ID?: string
  readonly Hashes?: Readonly<Record<string, string>>
}

interface FsInfo {
  readonly Features: Readonly<Record<string, boolean>>
  readonly Hashes?: readonly string[] | null
  readonly Precision: number
  readonly String: string
}

const HASHES = ['sha256', 'sha1', 'md5'] as const
export type HashType = (typeof HASHES)[number]

export class RcloneRemote {
  readonly #fs: string
  readonly #rcd: Rcd
  #info: FsInfo | undefined
  #seenAt = Number.NEGATIVE_INFINITY

  constructor(options: RcloneOptions) {
    this.#fs = options.remote
    this.#rcd = Rcd.acquire(options)
  }

  http(): Promise<HttpClient> {
    return this.#rcd.http()
  }

  /** The path under which its bytes are served. */
  pathOf(name: string): string {
    return `/${encodeURIComponent(`[${this.#fs}]`)}/${name.split('/').map(encodeURIComponent).join('/')}`
  }

  /** @returns undefined for a folder that is not there. */
  async list(
    folder: string,
    suffix: string,
    signal: AbortSignal
  ): Promise<readonly RemoteItem[] | undefined> {
    const filter = /^[\w.]+$/.test(suffix) ? { _filter: { IncludeRule: [`*${suffix}`] } } : {}
    const opt = { filesOnly: true, noMimeType: true, noModTime: await this.#hasNoTimes(signal) }
    const words = { fs: this.#fs, remote: folder, opt, ...filter }
    const found = await this.#call<{ list: RemoteItem[] | null }>('operations/list', words, signal)
    return found === undefined ? undefined : (found.list ?? [])
  }

  /** @param hashType of the hash that is wanted, too. */
  async stat(
    name: string,
    signal: AbortSignal,
    hashType?: HashType
  ): Promise<RemoteItem | undefined> {
    const hashes = hashType === undefined ? {} : { showHash: true, hashTypes: [hashType] }
    const opt = { noMimeType: true, noModTime: await this.#hasNoTimes(signal), ...hashes }
    const words = { fs: this.#fs, remote: name, opt }
    const found = await this.#call<{ item: RemoteItem | null }>('operations/stat', words, signal)
    return found?.item ?? undefined
  }

  /** @param make makes the form of a file of this name. */
  async upload(
    name: string,
    make: (file: string) => Pick<HttpRequest, 'headers' | 'body'>,
    signal: AbortSignal
  ): Promise<void> {
    const slash = name.lastIndexOf('/')
    const query = new URLSearchParams({ fs: this.#fs, remote: name.slice(0, slash) })
    const { headers, body } = make(name.slice(slash + 1))
    const answer = await this.#ask({ method: 'POST', path: `/operations/uploadfile?${query}`, headers: { ...headers, expect: '100-continue' }, body: body!, signal }) // prettier-ignore
    if (answer !== undefined) await (await this.http()).bodyOf(answer, MAX_ANSWER, signal)
  }

  /**
   * Gives a file another name, and replaces one of that name: by a copy within the remote where it
   * can, which object stores do in one step; rclone removes the older one before a move.
   */
  async replace(from: string, to: string, signal: AbortSignal): Promise<void> {
    const words = { srcFs: this.#fs, srcRemote: from, dstFs: this.#fs, dstRemote: to }
    const { Features } = await this.#fsInfo(signal)
    const copies = Features['Copy'] === true && (await this.stat(to, signal)) !== undefined
    const method = copies ? 'operations/copyfile' : 'operations/movefile'
    if ((await renaming(this.#call(method, words, signal))) === undefined) throw this.#gone(from)
    if (copies) await this.remove(from, signal)
  }

  #gone(name: string): KitError {
    return new KitError('BACKEND_UNAVAILABLE', `${this.#fs} lost ${name} before it had its name`)
  }

  /** Removes a file; one that is not there is no error. */
  async remove(name: string, signal: AbortSignal): Promise<void> {
    await this.#call('operations/deletefile', { fs: this.#fs, remote: name }, signal)
  }

  /** A hash that the remote keeps of each file, and need not read it for. */
  async quickHash(signal: AbortSignal): Promise<HashType | undefined> {
    const { Features, Hashes } = await this.#fsInfo(signal)
    if (Features['SlowHash'] === true) return undefined
    return HASHES.find((type) => Hashes?.includes(type) === true)
  }

  /**
   * What is away says nothing about what it holds. A bucket has no folder that could be looked at.
   * @throws BACKEND_UNAVAILABLE.
   */
  async mustBeThere(signal: AbortSignal): Promise<void> {
    const { Features } = await this.#fsInfo(signal)
    if (Features['BucketBased'] === true) return
    if (systemClock.elapsed() - this.#seenAt < FRESH_MS) return
    if ((await this.stat('', signal)) === undefined)
      throw new KitError('BACKEND_UNAVAILABLE', `there is no folder ${this.#fs}; make it with \`rclone mkdir "${this.#fs}"\`, or mend --remote`) // prettier-ignore
    this.#seenAt = systemClock.elapsed()
  }

  async describe(signal: AbortSignal): Promise<string> {
    await this.mustBeThere(signal)
    const version = await this.#call<{ version: string }>('core/version', {}, signal)
    const name = this.#fs.slice(0, this.#fs.indexOf(':'))
    const config = await this.#call<{ type?: string }>('config/get', { name }, signal)
    return `rclone ${version?.version ?? ''}, a remote of type ${config?.type ?? (await this.#fsInfo(signal)).String}`
  }

  async #hasNoTimes(signal: AbortSignal): Promise<boolean> {
    return (await this.#fsInfo(signal)).Precision >= NO_TIMES
  }

  async #fsInfo(signal: AbortSignal): Promise<FsInfo> {
    this.#info ??= await this.#call<FsInfo>('operations/fsinfo', { fs: this.#fs }, signal)
    if (this.#info === undefined) throw new KitError('BACKEND_UNAVAILABLE', `rclone finds no ${this.#fs}`) // prettier-ignore
    return this.#info
  }

  /** @returns undefined where a file or folder is not there. */
  async #call<T>(method: string, words: object, signal: AbortSignal): Promise<T | undefined> {
    const headers = { 'content-type': 'application/json' }
    const body = Buffer.from(JSON.stringify(words))
    const isMissed = (refusal: Refusal): undefined => {
      if (!isMissing(refusal)) throw rcloneError(refusal, this.#fs)
    }
    const answer = await this.#ask({ method: 'POST', path: `/${method}`, headers, body, signal }, isMissed) // prettier-ignore
    if (answer === undefined) return undefined
    const bytes = await (await this.http()).bodyOf(answer, MAX_ANSWER, signal)
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as T
  }

  async #ask(
    request: HttpRequest,
    refused: (refusal: Refusal) => undefined = (refusal) => {
      throw rcloneError(refusal, this.#fs)
    }
  ): Promise<HttpAnswer | undefined> {
    const http = await this.http()
    const answer = await http.send(request)
    if (answer.status === 200) return answer
    return refused(await http.refusalOf(answer, request.signal))
  }

  close(): Promise<void> {
    return this.#rcd.release()
  }
}
