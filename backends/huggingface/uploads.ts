/**
 * Sends the content of a file ahead of its commit: to the LFS store of the hub, or, where the hub
 * wants it so, within the commit.
 * Source: https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md
 */
import { KitError } from '../../src/core/errors.js'
import { list, optional, record, text, whole, type Shape } from '../../src/core/shape.js'
import { extendTime } from '../call-time.js'
import type { FileContent } from '../facets/named-files.js'
import type { MeasuredContent } from '../files/measured-content.js'
import type { HttpAnswer, HttpRequest } from '../http.js'
import { codeOfStatus, refusalError } from '../http-status.js'
import type { LinkedAnswer } from '../linked-hosts.js'
import { withStepTime } from '../step-time.js'
import type { HubChange } from './commit-body.js'
import { pathBelow, type Hub } from './hub.js'

const JSON_TYPE = { 'content-type': 'application/json' }
const LFS_TYPE = {
  accept: 'application/vnd.git-lfs+json',
  'content-type': 'application/vnd.git-lfs+json'
}
/** Bytes of a file within a commit: whatever the hub wants, more is not held in memory. */
const MAX_INLINE = 1 << 20
/** Parts of one file, as S3 allows them. */
const MAX_PARTS = 10_000

const PREUPLOAD = record({ files: list(record({ path: text, uploadMode: text })) })

interface Action {
  readonly href: string
  readonly header: Readonly<Record<string, string>> | undefined
}

const headers: Shape<Readonly<Record<string, string>>> = (value, at) =>
  Object.fromEntries(
    Object.entries((value ?? {}) as Record<string, unknown>).map(([name, one]) => [
      name.toLowerCase(),
      text(typeof one === 'number' ? String(one) : one, `${at}.${name}`)
    ])
  )
const action: Shape<Action> = record({ href: text, header: optional(headers) })
const BATCH = record({
  objects: list(
    record({
      oid: text,
      size: optional(whole(0)),
      actions: optional(record({ upload: optional(action), verify: optional(action) })),
      error: optional(record({ code: whole(0), message: text }))
    })
  )
})

export class Uploads {
  readonly #hub: Hub

  constructor(hub: Hub) {
    this.#hub = hub
  }

  /** Stores a content, unseen until it is committed. @returns the change that shows it. */
  async store(path: string, content: MeasuredContent, signal: AbortSignal): Promise<HubChange> {
    if (content.size <= MAX_INLINE && (await this.#isInline(path, content, signal)))
      return inlineChange(path, content)
    await this.#storeObject(content, signal)
    const { sha256: oid, size } = content
    return { key: 'lfsFile', value: { path, algo: 'sha256', oid, size } }
  }

  /** The hub decides by its .gitattributes, the size, and the beginning. It takes no empty objects. */
  async #isInline(
    path: string,
    { size, sample }: MeasuredContent,
    signal: AbortSignal
  ): Promise<boolean> {
    // prettier-ignore
    if (size === 0) return true
    const hub = this.#hub
    const asked = { files: [{ path, size, sample: Buffer.from(sample).toString('base64') }] }
    const { files } = await hub.json(
      {
        method: 'POST',
        path: `${hub.api}/preupload/${hub.revision}`,
        headers: JSON_TYPE,
        body: Buffer.from(JSON.stringify(asked))
      },
      PREUPLOAD,
      signal
    )
    return files.find((file) => file.path === path)?.uploadMode === 'regular'
  }

  async #storeObject(content: MeasuredContent, signal: AbortSignal): Promise<void> {
    const hub = this.#hub
    const { sha256: oid, size } = content
    const asked = {
      operation: 'upload',
      transfers: ['basic', 'multipart'],
      objects: [{ oid, size }],
      hash_algo: 'sha256',
      ref: { name: `refs/heads/${hub.place.revision}` }
    }
    const { objects } = await hub.json(
      {
        method: 'POST',
        path: `${hub.base}.git/info/lfs/objects/batch`,
        headers: LFS_TYPE,
        body: Buffer.from(JSON.stringify(asked))
      },
      BATCH,
      signal
    )
    const object = objects.find((one) => one.oid === oid)
    if (object?.error !== undefined) throw objectError(hub.http.where, object.error)
    if (object === undefined) throw new KitError('BACKEND_UNAVAILABLE', `${hub.http.where} leaves out what was to be stored`) // prettier-ignore
    // Without actions the hub has the content already.
    const { upload, verify } = object.actions ?? {}
    if (upload === undefined) return
    const partSize = Number(upload.header?.chunk_size ?? Number.NaN)
    if (Number.isNaN(partSize)) await this.#putWhole(upload, content, signal)
    else await this.#putParts(upload, partSize, content, signal)
    if (verify !== undefined) await this.#post(verify.href, { oid, size }, signal)
  }

  async #putWhole(
    { href, header = {} }: Action,
    { size, pieces }: MeasuredContent,
    signal: AbortSignal
  ): Promise<void> {
    // prettier-ignore
    await this.#put(href, header, size, pieces, signal)
  }

  /** Sends the parts one after the other, as they come from the content. */
  async #putParts(
    { href, header = {} }: Action,
    partSize: number,
    content: MeasuredContent,
    signal: AbortSignal
  ): Promise<void> {
    // prettier-ignore
    const links = Object.entries(header)
      .filter(([name]) => /^\d+$/.test(name))
      .sort(([a], [b]) => Number(a) - Number(b))
    const count = Math.ceil(content.size / partSize)
    if (!(partSize > 0) || links.length !== count || count > MAX_PARTS)
      throw new KitError('BACKEND_UNAVAILABLE', `${this.#hub.http.where} gives ${links.length} links for ${count} parts`) // prettier-ignore
    const parts: { readonly partNumber: number; readonly etag: string }[] = []
    const cut = new Cut(content.pieces())
    for (const [i, [, link]] of links.entries()) {
      const size = Math.min(partSize, content.size - i * partSize)
      const answer = await this.#put(link, {}, size, () => cut.take(size), signal)
      const etag = answer.headers.etag ?? ''
      if (etag === '') throw new KitError('BACKEND_UNAVAILABLE', `the store of ${this.#hub.http.where} gives no ETag`) // prettier-ignore
      parts.push({ partNumber: i + 1, etag })
    }
    await cut.end()
    await withStepTime(signal, `${this.#hub.http.where} joins the parts of a file`, (ending) => this.#post(href, { oid: content.sha256, parts }, ending)) // prettier-ignore
  }

  async #put(
    href: string,
    header: Readonly<Record<string, string>>,
    size: number,
    pieces: FileContent,
    signal: AbortSignal
  ): Promise<HttpAnswer> {
    const told = async function* (): AsyncIterable<Uint8Array> {
      for await (const piece of pieces()) {
        extendTime(signal)
        yield piece
      }
    }
    const sent = { ...header, 'content-length': String(size) }
    return await this.#stored(
      await this.#hub.linked.send(href, { method: 'PUT', headers: sent, body: told, signal }),
      signal
    )
  }

  /** Posts to a link of the hub, which has the token, or of another host, which has not. */
  async #post(link: string, value: unknown, signal: AbortSignal): Promise<void> {
    const hub = this.#hub
    const body = Buffer.from(JSON.stringify(value))
    const request = { method: 'POST', headers: LFS_TYPE, body } as const satisfies Partial<HttpRequest> // prettier-ignore
    if (!hub.isOwn(link))
      return void (await this.#stored(await hub.linked.send(link, { ...request, signal }), signal))
    const path = pathBelow(hub.place.endpoint, new URL(link, hub.place.endpoint))
    await this.#stored({ http: hub.http, answer: await hub.send({ ...request, path }, signal) }, signal) // prettier-ignore
  }

  async #stored({ http, answer }: LinkedAnswer, signal: AbortSignal): Promise<HttpAnswer> {
    if (answer.status >= 200 && answer.status < 300) {
      answer.body.resume()
      return answer
    }
    const refusal = await http.refusalOf(answer, signal)
    // A link that is too old is asked for anew by the next try.
    const code = answer.status === 403 ? 'BACKEND_UNAVAILABLE' : codeOfStatus(refusal)
    throw refusalError(refusal, code)
  }
}

async function inlineChange(path: string, { pieces }: MeasuredContent): Promise<HubChange> {
  const parts: Uint8Array[] = []
  for await (const piece of pieces()) parts.push(new Uint8Array(piece))
  const content = Buffer.concat(parts).toString('base64')
  return { key: 'file', value: { path, content, encoding: 'base64' } }
}

function objectError(
  where: string,
  { code, message }: { code: number; message: string }
): KitError {
  // prettier-ignore
  const refusal = { where, status: code, text: message }
  return refusalError(refusal, code === 507 || code === 413 ? 'QUOTA' : codeOfStatus(refusal))
}

/** Cuts content into parts of given lengths, without holding more than a piece of it. */
class Cut {
  readonly #pieces: AsyncIterator<Uint8Array> | Iterator<Uint8Array>
  #rest: Uint8Array = new Uint8Array(0)

  constructor(content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
    this.#pieces =
      Symbol.asyncIterator in content ? content[Symbol.asyncIterator]() : content[Symbol.iterator]()
  }

  async *take(length: number): AsyncIterable<Uint8Array> {
    for (let left = length; left > 0;) {
      if (this.#rest.length === 0) {
        const next = await this.#pieces.next()
        if (next.done === true) return
        this.#rest = next.value
      }
      const part = this.#rest.subarray(0, left)
      this.#rest = this.#rest.subarray(part.length)
      left -= part.length
      if (part.length > 0) yield part
    }
  }

  /** Lets the content notice whether it was the same to its end. */
  async end(): Promise<void> {
    await this.#pieces.next()
  }
}
