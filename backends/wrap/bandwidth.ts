/** Sends and receives no more than so many bytes a second, all calls of a backend together. */
import { setTimeout as delay } from 'node:timers/promises'
import { systemClock, type Clock } from '../../src/core/clock.js'
import type { Backend } from '../backend.js'
import type { CallOptions } from '../facets/call.js'
import { CAPABILITIES, FACET_CALLS, type CallShape, type Capability, type Facets } from '../facets/facets.js' // prettier-ignore
import type { FileContent } from '../facets/named-files.js'
import { WrappedBackend } from './wrapped.js'

/** How long a backend that sent nothing may send at once afterwards. */
const BURST_MS = 250
/** A longer piece of an upload is cut, since one that waits for its turn looks like one that is stuck. */
const PIECE_MS = 250

/** Waits for some ms. @throws the signal's reason. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>

const wait: Wait = (ms, signal) =>
  delay(ms, undefined, { signal }).catch(() => {
    throw signal.reason
  })

export interface Rates {
  /** Bytes a second; undefined for no limit. */
  readonly upload?: number | undefined
  readonly download?: number | undefined
}

export interface RateTools {
  readonly clock?: Clock
  readonly wait?: Wait
}

/** Bytes that flow at a rate. */
export class TokenBucket {
  readonly #rate: number
  readonly #clock: Clock
  readonly #wait: Wait
  /** When all that was taken so far has flowed, in elapsed ms of the clock. */
  #until = Number.NEGATIVE_INFINITY

  /** @param rate bytes a second. */
  constructor(rate: number, { clock = systemClock, wait: waitFor = wait }: RateTools = {}) {
    this.#rate = rate
    this.#clock = clock
    this.#wait = waitFor
  }

  /** Bytes of a piece that waits for no longer than it should. */
  get pieceBytes(): number {
    return Math.max(1, Math.floor((this.#rate * PIECE_MS) / 1000))
  }

  /** Resolves when so many bytes have flowed, behind all that were taken before. @throws the signal's reason. */
  async take(bytes: number, signal: AbortSignal): Promise<void> {
    const now = this.#clock.elapsed()
    this.#until = Math.max(this.#until, now - BURST_MS) + (bytes / this.#rate) * 1000
    if (this.#until > now) await this.#wait(this.#until - now, signal)
  }
}

type Method = (...args: readonly unknown[]) => unknown
type AnyFacet = Readonly<Record<string, Method>>

export class Bandwidth extends WrappedBackend {
  constructor(inner: Backend, { upload, download }: Rates, tools: RateTools = {}) {
    const up = upload === undefined ? undefined : new TokenBucket(upload, tools)
    const down = download === undefined ? undefined : new TokenBucket(download, tools)
    super({
      name: inner.name,
      type: inner.type,
      folder: inner.folder,
      facets: limited(inner.facets, up, down),
      health: (options) => inner.health(options),
      close: () => inner.close()
    })
  }
}

function limited(
  facets: Facets,
  up: TokenBucket | undefined,
  down: TokenBucket | undefined
): Facets {
  // prettier-ignore
  const found: Partial<Record<Capability, unknown>> = {}
  for (const capability of CAPABILITIES) {
    const facet = facets[capability] as AnyFacet | undefined
    if (facet !== undefined)
      found[capability] = Object.fromEntries(
        Object.entries(FACET_CALLS[capability]).map(([name, shape]) => [
          name,
          limitedMethod(facet[name]!.bind(facet), shape, up, down)
        ])
      )
  }
  return found as Facets
}

function limitedMethod(
  method: Method,
  shape: CallShape,
  up: TokenBucket | undefined,
  down: TokenBucket | undefined
): Method {
  const signalOf = (args: readonly unknown[]): AbortSignal => (args.at(-1) as CallOptions).signal
  if (shape === 'stream')
    return (...args) => received(method(...args) as AsyncIterable<unknown>, down, signalOf(args))
  if (shape === 'upload')
    return (...args) => {
      const content = args[1] as FileContent
      const slow: FileContent = () => sent(content(), up, signalOf(args))
      return method(args[0], up === undefined ? content : slow, ...args.slice(2))
    }
  return async (...args) => {
    for (const arg of args)
      if (arg instanceof Uint8Array) await up?.take(arg.length, signalOf(args))
    const answer = await method(...args)
    if (answer instanceof Uint8Array) await down?.take(answer.length, signalOf(args))
    return answer
  }
}

async function* received(
  pieces: AsyncIterable<unknown>,
  down: TokenBucket | undefined,
  signal: AbortSignal
): AsyncGenerator<unknown, void, undefined> {
  for await (const piece of pieces) {
    if (piece instanceof Uint8Array) await down?.take(piece.length, signal)
    yield piece
  }
}

async function* sent(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  up: TokenBucket | undefined,
  signal: AbortSignal
): AsyncGenerator<Uint8Array, void, undefined> {
  const most = up?.pieceBytes ?? Number.POSITIVE_INFINITY
  for await (const piece of pieces)
    for (let at = 0; at < piece.length; at += most) {
      const part = piece.subarray(at, at + most)
      await up?.take(part.length, signal)
      yield part
    }
}
