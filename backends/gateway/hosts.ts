/**
 * Several hosts that stand in for each other. A host that gives something else than what was asked
 * for is asked last for a while.
 */
import { systemClock, type Clock } from '../../src/core/clock.js'
import { isKitError, KitError, type ErrorCode } from '../../src/core/errors.js'
import { HttpClient, type HttpAnswer } from '../http.js'
import { MAX_REST_MS } from '../pace.js'
import { errorOfAll, gatewayError } from './errors.js'

/** A host that misbehaved is asked last for so long. */
const ASIDE_MS = 60_000
/** How often a host that refuses is asked for one thing. */
const MAX_TRIES = 4
/** Errors of a host that is no trustless gateway, or lies. */
const MISBEHAVED: ReadonlySet<ErrorCode> = new Set(['INTEGRITY', 'UNSUPPORTED', 'TOO_LARGE'])

interface Host {
  readonly http: HttpClient
  /** The end of the time in which it is asked last, by the count of the clock. */
  asideUntil: number
}

export class GatewayHosts {
  readonly #hosts: readonly Host[]
  readonly #clock: Clock

  constructor(urls: readonly URL[], clock: Clock = systemClock) {
    this.#clock = clock
    this.#hosts = urls.map((url) => ({
      http: new HttpClient({ url }),
      asideUntil: Number.NEGATIVE_INFINITY
    }))
  }

  get all(): readonly HttpClient[] {
    return this.#hosts.map(({ http }) => http)
  }

  /**
   * The first answer that `ask` gets, from one host after the other. One that wants to be left alone
   * is asked again after that, when no other one has an answer.
   * @throws what all of them said.
   */
  async first<T>(ask: (http: HttpClient) => Promise<T>, signal: AbortSignal): Promise<T> {
    const failures = new Map<Host, KitError>()
    let open = this.#hosts
    for (let tries = 1; ; tries++) {
      for (const host of this.#inOrder(open)) {
        try {
          return await ask(host.http)
        } catch (error) {
          if (signal.aborted || !isKitError(error)) throw error
          if (MISBEHAVED.has(error.code)) host.asideUntil = this.#clock.elapsed() + ASIDE_MS
          failures.set(host, error)
        }
      }
      open = open.filter(
        (host) => isKitError(failures.get(host), 'RATE_LIMITED') && host.http.restMs <= MAX_REST_MS
      )
      if (open.length === 0 || tries === MAX_TRIES) {
        const all = [...failures].map(([{ http }, error]) => ({ where: http.where, error }))
        throw errorOfAll(all)
      }
    }
  }

  /** Those that misbehaved last, and before them those that rest. */
  #inOrder(hosts: readonly Host[]): Host[] {
    const now = this.#clock.elapsed()
    const isAside = ({ asideUntil }: Host): number => Number(asideUntil > now)
    return hosts.toSorted((a, b) => isAside(a) - isAside(b) || a.http.restMs - b.http.restMs)
  }

  close(): void {
    for (const { http } of this.#hosts) http.close()
  }
}

/**
 * Asks a gateway for a representation of content.
 * @param type of the answer; anything else is refused before its body is read.
 */
export async function askGateway(
  http: HttpClient,
  path: string,
  type: string,
  signal: AbortSignal
): Promise<HttpAnswer> {
  const answer = await http.send({ path, headers: { accept: type }, signal })
  if (answer.status !== 200) throw gatewayError(await http.refusalOf(answer, signal))
  const given = (answer.headers['content-type'] ?? '').split(';')[0]!.trim()
  const encoding = answer.headers['content-encoding']
  if (given === type && (encoding === undefined || encoding === 'identity')) return answer
  answer.body.destroy()
  const what = encoding === undefined ? given || 'no type' : `${encoding} encoding`
  throw new KitError(
    'UNSUPPORTED',
    `${http.where} is no trustless gateway: asked for ${type} it answers ${what}`
  )
}
