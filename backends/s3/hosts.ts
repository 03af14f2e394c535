/** Several endpoints of one bucket that stand in for each other. */
import type { S3Client } from '@aws-sdk/client-s3'
import { abortController, onAbort } from '../../src/core/abort.js'
import { systemClock, type Clock } from '../../src/core/clock.js'
import { KitError, type ErrorCode } from '../../src/core/errors.js'
import { paceOf, restIn, type Pace } from '../pace.js'
import type { Secrets } from '../secrets.js'
import { s3Client } from './client.js'
import { answerOf, isThrottled, s3Error } from './errors.js'
import type { S3Settings } from './options.js'

/** Another endpoint is asked when one does not answer for so long; an upload is sent meanwhile. */
const PATIENCE_MS = 3000
/** An endpoint that failed is asked last for so long. */
const ASIDE_MS = 30_000
/** Errors of one endpoint, which another one may not have. */
const OF_ONE: ReadonlySet<ErrorCode> = new Set(['BACKEND_UNAVAILABLE', 'TIMEOUT', 'RATE_LIMITED'])

interface Host {
  readonly name: string
  readonly client: S3Client
  readonly pace: Pace
  asideUntil: number
}

export interface Ask<T> {
  /** Sends one request; it may be called again, with another client. */
  readonly send: (client: S3Client, options: { readonly abortSignal: AbortSignal }) => Promise<T>
  /** Whether it sends content, and so takes as long as that takes. */
  readonly isUpload?: boolean
}

export class S3Hosts {
  readonly bucket: string
  readonly #hosts: readonly Host[]
  readonly #clock: Clock
  /** How far the server's clock is ahead of this machine's, in ms, as it said last. */
  #serverAhead = 0

  constructor(settings: S3Settings, secrets: Secrets, clock: Clock = systemClock) {
    this.bucket = settings.bucket
    this.#clock = clock
    this.#hosts = settings.endpoints.map((url, i) => ({
      name: url.host,
      client: s3Client(
        settings,
        { endpoint: url, region: settings.regions[i] ?? settings.regions[0]! },
        secrets,
        (date) => this.#noteDate(date)
      ),
      pace: paceOf(url.host),
      asideUntil: Number.NEGATIVE_INFINITY
    }))
  }

  get names(): string {
    return this.#hosts.map(({ name }) => name).join(', ')
  }

  /** A time of this machine's clock, or now, by the server's; both in ms since 1970. */
  serverTime(ms = this.#clock.now()): number {
    return ms + this.#serverAhead
  }

  /** This machine's time. */
  get now(): number {
    return this.#clock.now()
  }

  #noteDate(date: string): void {
    const theirs = Date.parse(date)
    if (!Number.isNaN(theirs)) this.#serverAhead = theirs - this.#clock.now()
  }

  /**
   * Asks one endpoint after the other until one does what is asked for, or refuses it.
   * @throws KitError as the last one said, whose `cause` is the SDK's error; the signal's reason.
   */
  async ask<T>({ send, isUpload = false }: Ask<T>, signal: AbortSignal): Promise<T> {
    const hosts = this.#inOrder()
    for (const [i, host] of hosts.entries()) {
      const isLast = i === hosts.length - 1
      try {
        return await this.#askOne(host, send, signal, isLast || isUpload ? undefined : PATIENCE_MS)
      } catch (error) {
        if (signal.aborted) throw signal.reason
        const known = this.#known(error, host)
        if (!OF_ONE.has(known.code)) throw known
        host.asideUntil = this.#clock.elapsed() + ASIDE_MS
        if (isLast) throw known
      }
    }
    throw new KitError('INTERNAL', 'there is no endpoint')
  }

  async #askOne<T>(
    { pace, name, client }: Host,
    send: Ask<T>['send'],
    signal: AbortSignal,
    patienceMs: number | undefined
  ): Promise<T> {
    const run = await pace.turn(name, signal)
    const end = abortController()
    const release = onAbort(signal, () => end.abort(signal.reason))
    const timer = patienceMs === undefined ? undefined : setTimeout(() => end.abort(), patienceMs)
    try {
      const answer = await send(client, { abortSignal: end.signal })
      pace.accepted()
      return answer
    } catch (error) {
      if (end.signal.aborted && !signal.aborted)
        throw new KitError('TIMEOUT', `${name} did not answer within ${PATIENCE_MS / 1000} s`)
      const answered = answerOf(error)
      const rest = restIn({ status: answered.status ?? 0, headers: answered.headers }, this.#clock.now()) // prettier-ignore
      if (rest !== undefined || isThrottled(answered)) pace.refused(run, rest?.ms)
      throw error
    } finally {
      clearTimeout(timer)
      release()
    }
  }

  #known(error: unknown, { name }: Host): KitError {
    const known = s3Error(error, { host: name, bucket: this.bucket, now: this.#clock.now() })
    const rests = restIn({ status: answerOf(error).status ?? 0, headers: answerOf(error).headers }, 0) // prettier-ignore
    return rests === undefined ? known : new KitError('RATE_LIMITED', known.message)
  }

  /** Holds an answer against what every S3 server says, since a portal on the way answers 200 too. */
  mustBe<T>(answer: T, isOfS3: boolean): T {
    if (isOfS3) return answer
    throw new KitError('BACKEND_UNAVAILABLE', `${this.names}: its answer is none of S3's`)
  }

  /** Converts an error that comes after the answer began, while its body is read. */
  broken(error: unknown): KitError {
    return s3Error(error, { host: this.names, bucket: this.bucket, now: this.#clock.now() })
  }

  /** Those that failed lately last, and before them those that rest. */
  #inOrder(): Host[] {
    const now = this.#clock.elapsed()
    const isAside = ({ asideUntil }: Host): number => Number(asideUntil > now)
    return this.#hosts.toSorted((a, b) => isAside(a) - isAside(b) || a.pace.restMs - b.pace.restMs)
  }

  close(): void {
    for (const { client } of this.#hosts) client.destroy()
  }
}
