/** Named files as the objects of a bucket below a prefix. */
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type GetObjectCommandOutput,
  type ListObjectsV2CommandOutput
} from '@aws-sdk/client-s3'
import type { Readable } from 'node:stream'
import { onAbort } from '../../src/core/abort.js'
import { isKitError, KitError } from '../../src/core/errors.js'
import { printableText } from '../../src/core/printable.js'
import type { CallOptions } from '../facets/call.js'
import type { ByteRange, FileContent, FileEntry, PutOptions } from '../facets/named-files.js'
import { checkFolderName } from '../files/file-name.js'
import type { StoredFiles } from '../files/files-backend.js'
import { checkPublicName, isPublicName } from '../files/temporary-name.js'
import type { Skipped } from '../skipped.js'
import type { S3Hosts } from './hosts.js'
import type { S3Settings } from './options.js'
import { rangedBody } from './ranged-body.js'
import { customerKey, type CustomerKey } from './server-encryption.js'
import type { Secrets } from '../secrets.js'
import { S3Uploads } from './uploads.js'

export class S3Objects implements StoredFiles {
  readonly where: string
  /** The top of a bucket without a prefix may hold a million objects of others. */
  readonly archiveFolders: readonly string[]
  readonly #hosts: S3Hosts
  readonly #prefix: string
  readonly #secrets: Secrets
  readonly #skipped: Skipped
  readonly #uploads: S3Uploads

  constructor(settings: S3Settings, hosts: S3Hosts, secrets: Secrets, skipped: Skipped) {
    this.#hosts = hosts
    this.#prefix = settings.prefix
    this.archiveFolders = settings.prefix === '' ? ['cars'] : ['', 'cars']
    this.#secrets = secrets
    this.#skipped = skipped
    this.#uploads = new S3Uploads(settings, hosts, secrets)
    this.where = `bucket ${settings.bucket}${this.#prefix === '' ? '' : `/${this.#prefix}`} at ${hosts.names}`
  }

  async *get(name: string, range: ByteRange, { signal }: CallOptions): AsyncIterable<Uint8Array> {
    check(name, signal)
    if (range.length === 0) {
      if ((await this.stat(name, { signal })) === undefined) throw this.#missing(name)
      return
    }
    const answer = await this.#get(name, range, signal)
    if (answer === undefined) return
    const body = answer.Body as Readable
    const release = onAbort(signal, () => body.destroy())
    try {
      for await (const piece of rangedBody(answer, range, name)) {
        if (signal.aborted) throw signal.reason
        yield piece
      }
    } catch (error) {
      if (signal.aborted) throw signal.reason
      throw isKitError(error) ? error : this.#hosts.broken(error)
    } finally {
      // A reader that leaves early reads no more of it.
      release()
      body.destroy()
    }
  }

  /** Begins to read; undefined where the range begins behind the end. @throws PATH_NOT_FOUND. */
  async #get(
    name: string,
    { position, length }: ByteRange,
    signal: AbortSignal
  ): Promise<GetObjectCommandOutput | undefined> {
    const isWhole = position === 0 && length === undefined
    const last = length === undefined ? '' : position + length - 1
    const Range = isWhole ? undefined : `bytes=${position}-${last}`
    try {
      const key = { ...this.#place(name), ...this.#customerKey }
      const answer = await this.#hosts.ask(
        {
          send: (client, options) => client.send(new GetObjectCommand({ ...key, Range }), options)
        },
        signal
      )
      return this.#hosts.mustBe(answer, answer.ETag !== undefined)
    } catch (error) {
      if (isKitError(error, 'PATH_NOT_FOUND')) throw this.#missing(name)
      if (isKitError(error, 'INVALID_ARGUMENT')) return undefined
      throw error
    }
  }

  async *list(folder: string, suffix: string, { signal }: CallOptions): AsyncIterable<FileEntry> {
    checkFolderName(folder)
    if (signal.aborted) throw signal.reason
    const below = folder === '' ? '' : `${folder}/`
    let last = ''
    for (let token: string | undefined, more = true; more;) {
      const page = await this.#page(`${this.#prefix}${below}`, token, signal)
      for (const object of page.Contents ?? []) {
        const key = object.Key ?? ''
        const name = this.#nameOf(page.EncodingType === 'url' ? decoded(key) : key, below)
        if (name?.endsWith(suffix) === true) yield entryOf(name, object.Size, object)
      }
      const end = page.Contents?.at(-1)?.Key ?? page.CommonPrefixes?.at(-1)?.Prefix ?? ''
      token = page.NextContinuationToken
      more = page.IsTruncated === true
      // A server whose pages do not end would hold the caller for ever.
      if (more && (token === undefined || end === last))
        throw new KitError('BACKEND_UNAVAILABLE', `${this.where} lists in circles`)
      last = end
    }
  }

  async #page(
    prefix: string,
    token: string | undefined,
    signal: AbortSignal
  ): Promise<ListObjectsV2CommandOutput> {
    const Bucket = this.#hosts.bucket
    const page = await this.#hosts.ask(
      {
        send: (client, options) =>
          client.send(
            new ListObjectsV2Command({
              Bucket,
              Prefix: prefix,
              Delimiter: '/',
              EncodingType: 'url',
              ContinuationToken: token
            }),
            options
          )
      },
      signal
    )
    return this.#hosts.mustBe(page, page.Name !== undefined)
  }

  /** The name of an object that lies directly in a folder; undefined for others, which are skipped. */
  #nameOf(key: string, below: string): string | undefined {
    const start = `${this.#prefix}${below}`
    // Some programs make an empty object for a folder.
    if (key === start) return undefined
    const name = key.slice(this.#prefix.length)
    const isHere = key.startsWith(start) && !name.slice(below.length).includes('/')
    if (isHere && isPublicName(name)) return name
    this.#skipped.tell(
      `${this.where} lists "${printableText(key.slice(0, 200))}", which is no name`
    )
    return undefined
  }

  async stat(name: string, { signal }: CallOptions): Promise<FileEntry | undefined> {
    check(name, signal)
    const key = { ...this.#place(name), ...this.#customerKey }
    try {
      const found = await this.#hosts.ask(
        { send: (client, options) => client.send(new HeadObjectCommand(key), options) },
        signal
      )
      this.#hosts.mustBe(found, found.ETag !== undefined)
      return entryOf(name, found.ContentLength, found)
    } catch (error) {
      if (!isKitError(error) || !UNSAID.has(error.code)) throw error
      return await this.#lookAgain(name, signal)
    }
  }

  /** The answer to HEAD has no body, which would say whether the object or the bucket is missing. */
  async #lookAgain(name: string, signal: AbortSignal): Promise<FileEntry | undefined> {
    try {
      const found = await this.#get(name, { position: 0, length: 1 }, signal)
      const body = found?.Body as Readable | undefined
      body?.destroy()
      const whole = /\/(\d+)$/.exec(found?.ContentRange ?? '')?.[1]
      const size = whole === undefined ? found?.ContentLength : Number(whole)
      return entryOf(name, size, found ?? {})
    } catch (error) {
      if (isKitError(error, 'PATH_NOT_FOUND')) return undefined
      throw error
    }
  }

  async put(name: string, content: FileContent, options: PutOptions): Promise<void> {
    check(name, options.signal)
    await this.#uploads.put(this.#place(name).Key, content, options)
  }

  async remove(name: string, { signal }: CallOptions): Promise<void> {
    check(name, signal)
    const key = this.#place(name)
    try {
      await this.#hosts.ask(
        { send: (client, options) => client.send(new DeleteObjectCommand(key), options) },
        signal
      )
    } catch (error) {
      if (!isKitError(error, 'PATH_NOT_FOUND')) throw error
    }
  }

  sweep(before: number, { signal }: CallOptions): Promise<number> {
    return this.#uploads.sweep(before, signal)
  }

  async describe({ signal }: CallOptions): Promise<string> {
    await this.#page(`${this.#prefix}cars/`, undefined, signal)
    return this.where
  }

  close(): Promise<void> {
    this.#hosts.close()
    return Promise.resolve()
  }

  #place(name: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#hosts.bucket, Key: `${this.#prefix}${name}` }
  }

  get #customerKey(): CustomerKey {
    return customerKey(this.#secrets)
  }

  #missing(name: string): KitError {
    return new KitError('PATH_NOT_FOUND', `there is no object ${name} in ${this.where}`)
  }
}

/** What HEAD may mean when it is refused without a word. */
const UNSAID: ReadonlySet<string> = new Set([
  'PATH_NOT_FOUND',
  'ACCESS_DENIED',
  'BACKEND_UNAVAILABLE',
  'CREDENTIALS'
])

function check(name: string, signal: AbortSignal): void {
  checkPublicName(name)
  if (signal.aborted) throw signal.reason
}

interface Described {
  readonly ETag?: string | undefined
  readonly LastModified?: Date | undefined
}

const entryOf = (name: string, size = 0, { ETag, LastModified }: Described): FileEntry => ({
  name,
  size,
  version: (ETag ?? '').replaceAll('"', ''),
  ...(LastModified === undefined ? {} : { modifiedMs: LastModified.getTime() })
})

/** Undoes the encoding that lets any character of a key stand in XML. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '))
  } catch {
    return key
  }
}
