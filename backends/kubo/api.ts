/**
 * Kubo's `/api/v0`, over TCP or a unix socket. Written against the published API
 * (https://docs.ipfs.tech/reference/kubo/rpc/) and not over kubo-rpc-client, which README.md
 * says why.
 */
import { KitError, type ErrorCode } from '../../src/core/errors.js'
import type { Shape } from '../../src/core/shape.js'
import { MAX_BLOCK } from '../facets/blocks.js'
import type { FileContent } from '../facets/named-files.js'
import { HttpClient, type HttpAnswer, type Origin } from '../http.js'
import { jsonLines } from '../json-answer.js'
import { multipart } from '../multipart.js'
import { isPlain, plainStream } from '../plain-stream.js'
import { codeOfFailure, kuboError } from './errors.js'

export type Arguments = readonly (readonly [name: string, value: string])[]

/** Forbids a search of the network: that takes minutes to say nothing. */
export const OFFLINE = ['offline', 'true'] as const
/** Asks for the answer alone, without reports on the way. */
export const NO_PROGRESS = ['progress', 'false'] as const

export class KuboApi {
  readonly #http: HttpClient
  readonly #origin: Origin
  readonly #headers: Readonly<Record<string, string>>

  constructor(origin: Origin, headers: Readonly<Record<string, string>>) {
    this.#origin = origin
    this.#headers = headers
    this.#http = new HttpClient(origin, headers)
  }

  get where(): string {
    return this.#http.where
  }

  /** Runs one command. @throws the error that `errors.ts` makes of its refusal. */
  async call(
    command: string,
    args: Arguments,
    signal: AbortSignal,
    file?: Uint8Array | FileContent
  ): Promise<HttpAnswer> {
    const answer = await this.#http.send({
      method: 'POST',
      path: pathOf(command, args),
      signal,
      ...(file === undefined ? {} : multipart(file))
    })
    if (answer.status === 200) return answer
    throw kuboError(command, await this.#http.refusalOf(answer, signal))
  }

  async bytes(command: string, args: Arguments, signal: AbortSignal, file?: Uint8Array) {
    return this.#http.bodyOf(await this.call(command, args, signal, file), MAX_BLOCK, signal)
  }

  async json(command: string, args: Arguments, signal: AbortSignal, file?: Uint8Array) {
    const text = Buffer.from(await this.bytes(command, args, signal, file)).toString('utf8')
    try {
      return JSON.parse(text) as Record<string, unknown>
    } catch (cause) {
      throw new KitError('BACKEND_UNAVAILABLE', `${this.where} does not speak Kubo's API`, {
        cause
      })
    }
  }

  /** Gives the answer of a command piece by piece; each is good until the next one is asked for. */
  async *stream(command: string, args: Arguments, signal: AbortSignal): AsyncIterable<Uint8Array> {
    if (isPlain(this.#origin)) {
      const path = pathOf(command, args)
      const request = { method: 'POST', path, headers: this.#headers, signal } as const
      yield* plainStream(this.#origin, request, (status, text) =>
        kuboError(command, { where: this.where, status, text })
      )
    } else yield* this.#http.stream(await this.call(command, args, signal), signal)
  }

  /** Gives the values of an answer that has one in each line. */
  async *lines<T>(
    command: string,
    args: Arguments,
    shape: Shape<T>,
    signal: AbortSignal,
    file?: FileContent
  ): AsyncIterable<T> {
    const answer = await this.call(command, args, signal, file)
    const codeOf = (said: string): ErrorCode => codeOfFailure(command, said)
    yield* jsonLines(this.#http, answer, shape, signal, codeOf)
  }

  /** The error of an answer of status 200 that is not what the command answers. */
  strange(command: string): KitError {
    return new KitError(
      'BACKEND_UNAVAILABLE',
      `${this.where} answers ${command} in a way unknown to us`
    )
  }

  close(): void {
    this.#http.close()
  }
}

function pathOf(command: string, args: Arguments): string {
  const query = args.map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return `/api/v0/${command}?${query.join('&')}`
}
