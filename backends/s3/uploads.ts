/**
 * Puts objects: a small one by one request, a larger one in parts, of which few are in memory at a
 * time. An object is visible whole or not at all. An upload that was cut off is continued by the next
 * one of the same bytes.
 */
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  type CompletedPart,
  type S3Client
} from '@aws-sdk/client-s3'
import { abortController, onAbort } from '../../src/core/abort.js'
import { isKitError, KitError } from '../../src/core/errors.js'
import { giveBack } from '../../src/core/piece-memory.js'
import { Semaphore } from '../../src/core/semaphore.js'
import { WorkWindow } from '../../src/core/work-window.js'
import { shareCallTime } from '../call-time.js'
import type { CallOptions } from '../facets/call.js'
import type { FileContent, PutOptions } from '../facets/named-files.js'
import type { Secrets } from '../secrets.js'
import { completeUpload } from './completion.js'
import { begunUpload, type BegunUpload } from './begun-upload.js'
import { refuseCondition } from './errors.js'
import type { S3Hosts } from './hosts.js'
import type { S3Settings } from './options.js'
import { leftovers } from './leftovers.js'
import { partsOf, type Part } from './parts.js'
import { SignedBody } from './signed-body.js'
import { customerKey, encryptionOf } from './server-encryption.js'
import type { Upload } from './stored-parts.js'

/** Parts of one object that are sent at a time; one more is being filled. */
const MAX_PARTS = 4
/** Bytes of parts of all objects that are in memory: sent, or being filled. A larger part is alone. */
const MAX_HELD = 96 << 20
/** Nobody stands still for so long in the middle of an upload. */
const STALE_MS = 24 * 3_600_000
/** How long it may take to remove an unfinished upload, and to learn why its line was cut. */
const [ABORT_MS, REASON_MS] = [10_000, 3000]
/** What cuts an upload off. What was sent stays for the next one, which continues it. */
const CUTS: ReadonlySet<string> = new Set(['BACKEND_UNAVAILABLE', 'TIMEOUT', 'RATE_LIMITED', 'CREDENTIALS']) // prettier-ignore

/** The uploads that this process is at, by their ids. */
const busy = new Set<string>()

export class S3Uploads {
  readonly #settings: S3Settings
  readonly #hosts: S3Hosts
  readonly #secrets: Secrets
  readonly #room = new Semaphore(MAX_HELD)
  #isSwept = false

  constructor(settings: S3Settings, hosts: S3Hosts, secrets: Secrets) {
    this.#settings = settings
    this.#hosts = hosts
    this.#secrets = secrets
  }

  /** @throws EXISTS where it was not to replace, as far as the server can tell. */
  async put(key: string, content: FileContent, options: PutOptions): Promise<void> {
    if (await this.#put(key, content, options, true)) return
    await this.#put(key, content, options, false)
  }

  /**
   * @param continues whether an upload that was cut off is continued.
   * @returns false where that failed, so that it has to begin anew.
   */
  async #put(
    key: string,
    content: FileContent,
    options: PutOptions,
    continues: boolean
  ): Promise<boolean> {
    const { signal } = options
    const parts = partsOf(content, this.#room, signal, options.size)
    const { value } = await parts.next()
    const first = value as Part
    try {
      if (!first.isLast) return await this.#putParts(key, first, parts, options, continues)
      await this.#putWhole(key, first, options).catch(async (error: unknown) => {
        // Not every server knows conditions.
        if (options.ifAbsent !== true || !isKitError(error, 'UNSUPPORTED')) throw error
        await this.#putWhole(key, first, { ...options, ifAbsent: false })
      })
      return true
    } finally {
      first.release()
      void parts.return().catch(() => undefined)
    }
  }

  async #putWhole(
    key: string,
    part: Part,
    { signal, progress, ifAbsent }: PutOptions
  ): Promise<void> {
    const body = new SignedBody(part, progress)
    const made = { ...this.#made(key), ...(ifAbsent === true ? { IfNoneMatch: '*' } : {}) }
    const answer = await this.#hosts.ask(
      {
        isUpload: true,
        send: (client, options) => {
          const put = new PutObjectCommand({ ...made, ...body.input(this.#settings) })
          put.middlewareStack.add(body.sign, { step: 'build', name: 'contentHash' })
          const sent = client.send(put, options)
          return ifAbsent === true ? sent.catch(refuseCondition) : sent
        }
      },
      signal
    )
    this.#hosts.mustBe(answer, answer.ETag !== undefined)
  }

  /** @throws what ended it, after the parts that were sent are removed, unless it was cut off. */
  async #putParts(
    key: string,
    first: Part,
    rest: AsyncIterable<Part>,
    { signal, progress, ifAbsent = false }: PutOptions,
    continues: boolean
  ): Promise<boolean> {
    await this.#sweepOnce(signal)
    const begun = continues ? await this.#begun(key, first, signal) : undefined
    const upload = begun?.upload ?? (await this.#begin(key, signal))
    const end = abortController()
    shareCallTime(signal, end.signal)
    const release = onAbort(signal, () => end.abort(signal.reason))
    busy.add(upload.UploadId)
    try {
      const done: CompletedPart[] = []
      let size = 0
      const window = new WorkWindow(MAX_PARTS)
      const send = async (part: Part): Promise<void> => {
        size += part.length
        const sent = begun?.sent(part, this.#settings.keepsChecksum)
        const work = async (): Promise<void> => {
          done.push(sent ?? (await this.#putPart(upload, part, end.signal, progress)))
          for (const piece of part.pieces) giveBack(piece)
        }
        try {
          await window.add(() => work().finally(part.release))
        } catch (error) {
          // It may never have begun.
          part.release()
          throw error
        }
      }
      await send(first)
      for await (const part of rest)
        if (part.length === 0) part.release()
        else await send(part)
      await window.end()
      done.sort((a, b) => a.PartNumber! - b.PartNumber!)
      const completion = { parts: done, size, customerKey: customerKey(this.#secrets), ifAbsent }
      await completeUpload(this.#hosts, upload, completion, { signal })
      return true
    } catch (error) {
      end.abort(error)
      if (isCut(error)) throw signal.aborted ? error : await this.#reasonOf(upload, error)
      await this.#abort(upload)
      if (begun === undefined || signal.aborted) throw error
      return false
    } finally {
      busy.delete(upload.UploadId)
      release()
    }
  }

  /** Finds an upload of these bytes that was cut off: one whose first part is theirs. */
  async #begun(key: string, first: Part, signal: AbortSignal): Promise<BegunUpload | undefined> {
    const begun = await begunUpload(this.#hosts, key, {
      customerKey: customerKey(this.#secrets),
      isBusy: (uploadId) => busy.has(uploadId),
      signal
    })
    return begun?.sent(first, this.#settings.keepsChecksum) === undefined ? undefined : begun
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
    return {
      PartNumber: part.number,
      ETag,
      ...(ChecksumSHA256 === undefined ? {} : { ChecksumSHA256 })
    }
  }

  /** A server that takes a key no longer may cut the line before it has said so: a small request is told. */
  async #reasonOf(upload: Upload, error: unknown): Promise<unknown> {
    const send = (client: S3Client, options: { readonly abortSignal: AbortSignal }) =>
      client.send(new ListPartsCommand({ ...upload, MaxParts: 1 }), options)
    try {
      await this.#hosts.ask({ send }, AbortSignal.timeout(REASON_MS))
    } catch (reason) {
      if (isKitError(reason, 'CREDENTIALS')) return reason
    }
    return error
  }

  /** Removes what was sent of an upload. What it leaves is found a day later. */
  async #abort(upload: Upload): Promise<void> {
    const send = (client: S3Client, options: { readonly abortSignal: AbortSignal }) =>
      client.send(new AbortMultipartUploadCommand(upload), options)
    await this.#hosts.ask({ send }, AbortSignal.timeout(ABORT_MS)).catch(() => undefined)
  }

  /** Removes what uploads left that were killed a day ago; once, and as far as this key may. */
  async #sweepOnce(signal: AbortSignal): Promise<void> {
    if (this.#isSwept) return
    this.#isSwept = true
    try {
      await this.sweep(this.#hosts.now - STALE_MS, signal)
    } catch (error) {
      if (signal.aborted || !isKitError(error)) throw error
    }
  }

  /** Removes unfinished uploads to which nobody sent since a time. @returns how many. */
  async sweep(before: number, signal: AbortSignal): Promise<number> {
    if (signal.aborted) throw signal.reason
    const { prefix } = this.#settings
    const options = { prefix, before, customerKey: customerKey(this.#secrets), signal }
    let count = 0
    for await (const upload of leftovers(this.#hosts, options)) {
      if (busy.has(upload.UploadId)) continue
      await this.#abort(upload)
      count++
    }
    return count
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

const isCut = (error: unknown): boolean => error instanceof KitError && CUTS.has(error.code)
