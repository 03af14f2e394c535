/** The body of a request that sends a part, signed with the SHA-256 that is known of it already. */
import { Readable } from 'node:stream'
import type { S3Settings } from './options.js'
import type { Part } from './parts.js'

/** Bytes that are handed to the socket at a time; each is told as progress. */
const SLICE = 256 * 1024

export class SignedBody {
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
