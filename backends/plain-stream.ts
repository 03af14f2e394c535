/**
 * A long answer over plain HTTP, read into one buffer: for bytes that come at gigabytes a second
 * Node's own client allocates and copies more than all else that is done with them. HTTP/1.0,
 * so that the body is what follows the header, and its end is the connection's.
 */
import { connect, type Socket } from 'node:net'
import { onAbort } from '../src/core/abort.js'
import { isKitError, KitError, systemCode } from '../src/core/errors.js'
import type { Origin } from './http.js'
import { lookupFor } from './lookup.js'

const BUFFER = 1 << 20
const MAX_HEADER = 16 * 1024

/** Whether an origin can be read this way: TLS cannot. */
export const isPlain = (origin: Origin): boolean =>
  'socketPath' in origin || origin.url.protocol === 'http:'

export interface PlainRequest {
  readonly method: 'GET' | 'POST'
  /** Path and query, behind the origin. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/**
 * The body of an answer of status 200. Each piece is good until the next one is asked for.
 * @param refused makes an error of any other status, with the beginning of what was said.
 */
export async function* plainStream(
  origin: Origin,
  request: PlainRequest,
  refused: (status: number, text: string) => KitError
): AsyncGenerator<Uint8Array, void, undefined> {
  const socket = new PlainSocket(origin, request.signal)
  try {
    socket.send(headOf(origin, request))
    let head = Buffer.alloc(0)
    let end = -1
    while (end < 0) {
      const piece = await socket.next()
      if (piece === undefined || head.length > MAX_HEADER)
        throw socket.unavailable('no HTTP answer')
      head = Buffer.concat([head, piece])
      end = head.indexOf('\r\n\r\n')
    }
    const status = Number(/^HTTP\/1\.\d (\d{3})/.exec(head.toString('latin1', 0, 20))?.[1])
    let piece: Uint8Array | undefined = head.subarray(end + 4)
    if (status !== 200) {
      const more = (await socket.next()) ?? Buffer.alloc(0)
      throw refused(status, Buffer.concat([piece, more]).toString('utf8'))
    }
    for (; piece !== undefined; piece = await socket.next()) if (piece.length > 0) yield piece
  } finally {
    socket.close()
  }
}

function headOf(origin: Origin, { method, path, headers }: PlainRequest): string {
  const host = 'url' in origin ? origin.url.host : 'localhost'
  const prefix = 'url' in origin ? origin.url.pathname.replace(/\/$/, '') : origin.prefix
  const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}`)
  return `${method} ${prefix}${path} HTTP/1.0\r\n${lines.join('\r\n')}\r\n\r\n`
}

/** A connection that reads only when somebody asks, always into the same buffer. */
class PlainSocket {
  readonly #socket: Socket
  readonly #where: string
  readonly #signal: AbortSignal
  readonly #release: () => void
  #piece: Uint8Array | undefined
  #failure: Error | undefined
  #ended = false
  #taken = true
  #wake: (() => void) | undefined

  constructor(origin: Origin, signal: AbortSignal) {
    if (signal.aborted) throw signal.reason
    this.#signal = signal
    this.#where = 'url' in origin ? origin.url.host : origin.socketPath
    const target =
      'url' in origin
        ? {
            host: origin.url.hostname.replace(/^\[|\]$/g, ''),
            port: Number(origin.url.port || 80),
            lookup: lookupFor(origin.url.hostname, false)
          }
        : { path: origin.socketPath }
    const onread = {
      buffer: Buffer.allocUnsafeSlow(BUFFER),
      callback: (length: number, buffer: Uint8Array): boolean => {
        this.#piece = buffer.subarray(0, length)
        this.#taken = false
        this.#wake?.()
        // No more until it was used.
        return false
      }
    }
    this.#socket = connect({ ...target, onread })
    this.#socket.on('error', (error) => this.#end(error))
    this.#socket.on('end', () => this.#end())
    this.#socket.on('close', () => this.#end())
    this.#release = onAbort(signal, () => void this.#socket.destroy())
  }

  send(text: string): void {
    this.#socket.write(text)
  }

  /** The next piece; undefined at the end. */
  async next(): Promise<Uint8Array | undefined> {
    if (this.#taken) {
      this.#piece = undefined
      if (!this.#ended) {
        const woken = new Promise<void>((resolve) => (this.#wake = resolve))
        this.#socket.resume()
        await woken
        this.#wake = undefined
      }
    }
    if (this.#signal.aborted) throw this.#signal.reason
    if (this.#piece === undefined) {
      if (isKitError(this.#failure)) throw this.#failure
      if (this.#failure !== undefined)
        throw this.unavailable(systemCode(this.#failure) ?? this.#failure.message, this.#failure)
      return undefined
    }
    this.#taken = true
    return this.#piece
  }

  #end(error?: Error): void {
    this.#ended = true
    this.#failure ??= error
    this.#wake?.()
  }

  unavailable(reason: string, cause?: unknown): KitError {
    return new KitError('BACKEND_UNAVAILABLE', `${this.#where}: ${reason}`, { cause })
  }

  close(): void {
    this.#release()
    this.#socket.destroy()
  }
}
