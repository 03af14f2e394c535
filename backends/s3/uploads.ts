/**
 * Puts objects: a small one by one request, a larger one in parts, of which few are in memory at a
 * time. An object is visible whole or not at all.
 */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
  type CompletedPart,
  type S3Client
} from '@aws-sdk/client-s3'
import { Readable } from 'node:stream'
import { abortController, onAbort } from '../../src/core/abort.js'
import { isKitError } from '../../src/core/errors.js'
import { giveBack } from '../../src/core/piece-memory.js'
import { WorkWindow } from '../../src/core/work-window.js'
import type { CallOptions } from '../facets/call.js'
import type { FileContent } from '../facets/named-files.js'
import type { Secrets } from '../secrets.js'
import type { S3Hosts } from './hosts.js'
import type { S3Settings } from './options.js'
import { leftovers } from './leftovers.js'
import { partsOf, type Part } from './parts.js'
import { customerKey, encryptionOf } from './server-encryption.js'

/** Parts of one object that are sent at a time; one more is being filled. */
const MAX_PARTS = 4
/** Bytes that are handed to the socket at a time; each is told as progress. */
const SLICE = 256 * 1024
/** How long the removal of an unfinished upload may take. */
const ABORT_MS = 10_000

interface Upload {
  readonly Bucket: string
  readonly Key: string
  readonly UploadId: string
}

export class S3Uploads {
  readonly #settings: S3Settings
  readonly #hosts: S3Hosts
  readonly #secrets: Secrets
  #isSwept = false

  constructor(settings: S3Settings, hosts: S3Hosts, secrets: Secrets) {
    this.#settings = settings
    this.#hosts = hosts
    this.#secrets = secrets
  }

  async put(key: string, content: FileContent, { signal, progress }: CallOptions): Promise<void> {
    const parts = partsOf(content, signal)[Symbol.asyncIterator]()
    const { value } = await parts.next()
    const first = value as Part
    if (first.isLast) await this.#putWhole(key, first, signal, progress)
    else await this.#putParts(key, first, { [Symbol.asyncIterator]: () => parts }, signal, progress)
  }

  async #putWhole(
    key: string,
    part: Part,
    signal: AbortSignal,
    progress: CallOptions['progress']
  ): Promise<void> {
    const body = new SignedBody(part, progress)
    const answer = await this.#hosts.ask(
      {
        isUpload: true,
        send: (client, options) => {
          const put = new PutObjectCommand({ ...this.#made(key), ...body.input(this.#settings) })
          put.middlewareStack.add(body.sign, { step: 'build', name: 'contentHash' })
          return client.send(put, options)
        }
      },
      signal
    )
    this.#hosts.mustBe(answer, answer.ETag !== undefined)
  }

  /** @throws what ended it, after the parts that were sent are removed. */
  async #putParts(
    key: string,
    first: Part,
    rest: AsyncIterable<Part>,
    signal: AbortSignal,
    progress: CallOptions['progress']
  ): Promise<void> {
    await this.#sweep(signal)
    const upload = await this.#begin(key, signal)
    const end = abortController()
    const release = onAbort(signal, () => end.abort(signal.reason))
    try {
      const done: CompletedPart[] = []
      const window = new WorkWindow(MAX_PARTS)
      const send = (part: Part): Promise<void> =>
        window.add(async () => {
          done.push(await this.#putPart(upload, part, end.signal, progress))
        })
      await send(first)
      for await (const part of rest) if (part.length > 0) await send(part)
      await window.end()
      done.sort((a, b) => a.PartNumber! - b.PartNumber!)
      await this.#complete(upload, done, end.signal)
    } catch (error) {
      end.abort(error)
      await this.#abort(upload)
      throw error
    } finally {
      release()
    }
  }

  async #begin(key: string, signal: AbortSignal): Promise<Upload> {
    const { keepsChecksum } = this.#settings
    const made = this.#made(key)
    const { UploadId = '' } = await this.#hosts.ask(
      {
        send: (client, options) =>
          client.send(
            new CreateMultipartUploadCommand({
              ...made,
              ...(keepsChecksum ? { ChecksumAlgorithm: 'SHA256' } : {})
            }),
            options
          )
      },
      signal
    )
    this.#hosts.mustBe(UploadId, UploadId !== '')
    return { Bucket: made.Bucket, Key: made.Key, UploadId }
  }

  async #putPart(
    upload: Upload,
    part: Part,
    signal: AbortSignal,
    progress: CallOptions['progress']
  ): Promise<CompletedPart> {
    const body = new SignedBody(part, progress)
    const answer = await this.#hosts.ask(
      {
        isUpload: true,
        send: (client, options) => {
          const put = new UploadPartCommand({
            ...upload,
            PartNumber: part.number,
            ...body.input(this.#settings),
            ...customerKey(this.#secrets)
          })
          put.middlewareStack.add(body.sign, { step: 'build', name: 'contentHash' })
          return client.send(put, options)
        }
      },
      signal
    )
    const { ETag, ChecksumSHA256 } = this.#hosts.mustBe(answer, answer.ETag !== undefined)
    for (const piece of part.pieces) giveBack(piece)
    return {
      PartNumber: part.number,
      ETag,
      ...(ChecksumSHA256 === undefined ? {} : { ChecksumSHA256 })
    }
  }

  async #complete(upload: Upload, parts: CompletedPart[], signal: AbortSignal): Promise<void> {
    const answer = await this.#hosts.ask(
      {
        isUpload: true,
        send: (client, options) =>
          client.send(
            new CompleteMultipartUploadCommand({
              ...upload,
              MultipartUpload: { Parts: parts },
              ...customerKey(this.#secrets)
            }),
            options
          )
      },
      signal
    )
    this.#hosts.mustBe(answer, answer.ETag !== undefined)
  }

  /** Removes what was sent of an upload. What it leaves is found a day later. */
  async #abort(upload: Upload): Promise<void> {
    const send = (client: S3Client, options: { readonly abortSignal: AbortSignal }) =>
      client.send(new AbortMultipartUploadCommand(upload), options)
    await this.#hosts.ask({ send }, AbortSignal.timeout(ABORT_MS)).catch(() => undefined)
  }

  /** Removes what uploads left that were killed; once, and as far as this key may. */
  async #sweep(signal: AbortSignal): Promise<void> {
    if (this.#isSwept) return
    this.#isSwept = true
    try {
      for await (const upload of leftovers(this.#hosts, this.#settings.prefix, signal))
        await this.#abort(upload)
    } catch (error) {
      if (signal.aborted || !isKitError(error)) throw error
    }
  }

  /** What is said of an object when it is made. */
  #made(key: string) {
    const { storageClass } = this.#settings
    return {
      Bucket: this.#settings.bucket,
      Key: key,
      ContentType: 'application/octet-stream',
      ...(storageClass === undefined ? {} : { StorageClass: storageClass as 'STANDARD' }),
      ...encryptionOf(this.#settings),
      ...customerKey(this.#secrets)
    }
  }
}

/** A part with the SHA-256 that it is signed with, sent in slices that tell how it goes on. */
class SignedBody {
  readonly #part: Part
  readonly #progress: (() => void) | undefined

  constructor(part: Part, progress: (() => void) | undefined) {
    this.#part = part
    this.#progress = progress
  }

  /** The body of one request: a stream is sent once. */
  input({ keepsChecksum }: S3Settings) {
    const { length, sha256 } = this.#part
    return {
      Body: Readable.from(this.#slices(), { objectMode: false }),
      ContentLength: length,
      ...(keepsChecksum ? { ChecksumSHA256: sha256.toString('base64') } : {})
    }
  }

  *#slices(): Iterable<Uint8Array> {
    for (const piece of this.#part.pieces)
      for (let at = 0; at < piece.length; at += SLICE) {
        this.#progress?.()
        yield piece.subarray(at, at + SLICE)
      }
  }

  /** Signs the request with the hash, so that the SDK does not need to read the stream for it. */
  readonly sign = <A extends { readonly request: unknown }, R>(
    next: (args: A) => R
  ): ((args: A) => R) => {
    const hash = this.#part.sha256.toString('hex')
    return (args) => {
      const request = args.request as { headers: Record<string, string> }
      request.headers['x-amz-content-sha256'] = hash
      return next(args)
    }
  }
}
