/**
 * The owner's side of the protocol: runs the calls of each connection, with their signals and
 * answers.
 */
import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { abortController } from '../core/abort.js'
import { KitError, toKitError } from '../core/errors.js'
import { AnswerSender } from './answer-sender.js'
import { CallProgress } from './call-progress.js'
import { receiveLines, type CallFrame } from './frames.js'
import type { CallRun, Handlers, MethodName } from './protocol.js'
import { requestOf } from './request-shapes.js'

/**
 * How often a caller is told that its call is still worked on, so that it notices a stopped owner.
 */
const HEARTBEAT_MS = 2000
/** Most calls of one connection at a time. */
const MAX_CALLS = 256

type AnyHandler = (request: unknown, run: CallRun<MethodName>) => Promise<unknown>

/**
 * Serves until the server is closed. Only this user may use the socket.
 * @param told converts the error of a call to the one that its caller is told.
 * @param http takes the connections that do not begin as a frame does.
 */
export async function serveProtocol(
  path: string,
  handlers: Handlers,
  told: (error: unknown) => KitError = toKitError,
  http?: (socket: Socket) => Promise<void>
): Promise<Server> {
  rmSync(path, { force: true })
  const framed = (socket: Socket): void => void new Connection(socket, handlers, told)
  const server = createServer(
    http === undefined ? framed : (socket) => distribute(socket, framed, http)
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  chmodSync(path, 0o600)
  return server
}

/** The first byte of a frame, with which no request of HTTP begins. */
const FRAME = 0x7b

/** Hands a connection to whom its first byte means. */
function distribute(
  socket: Socket,
  framed: (socket: Socket) => void,
  http: (socket: Socket) => Promise<void>
): void {
  const refuse = (): void => void socket.destroy()
  socket.on('error', refuse)
  socket.once('data', (first) => {
    socket.pause()
    socket.unshift(first)
    const taken = first[0] === FRAME ? Promise.resolve(framed(socket)) : http(socket)
    // Whoever takes it has its listeners by then.
    taken.then(() => socket.resume(), refuse)
  })
}

class Connection {
  readonly #socket: Socket
  readonly #answers: AnswerSender
  readonly #handlers: Handlers
  readonly #told: (error: unknown) => KitError
  readonly #calls = new Map<number, AbortController>()
  /** Whether the caller said a version, which must come first. */
  #isGreeted = false

  constructor(socket: Socket, handlers: Handlers, told: (error: unknown) => KitError) {
    this.#socket = socket
    this.#answers = new AnswerSender(socket)
    this.#handlers = handlers
    this.#told = told
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      for (const call of this.#calls.values()) call.abort(callerGoneError())
    })
    receiveLines(socket, (line) => this.#receive(line))
  }

  #receive(line: string): void {
    const frame = parsed(line)
    if (frame === undefined) this.#socket.destroy()
    else if ('cancel' in frame) this.#calls.get(frame.id)?.abort(cancelledError())
    else if (this.#calls.size >= MAX_CALLS || this.#calls.has(frame.id)) this.#socket.destroy()
    else void this.#answer(frame.id, frame.method, frame.params)
  }

  #handlerOf(method: string): AnyHandler {
    this.#isGreeted ||= method === 'hello'
    if (!this.#isGreeted && !IN_ALL_VERSIONS.has(method))
      throw new KitError(
        'UNSUPPORTED',
        'this home is served by a newer ipfs-kit; unmount it and mount it again with yours, or use that one'
      )
    if (!Object.hasOwn(this.#handlers, method))
      throw new KitError('UNSUPPORTED', `the owner of this home knows no method "${method}"`)
    return this.#handlers[method as MethodName] as AnyHandler
  }

  async #answer(id: number, method: string, params: unknown): Promise<void> {
    const call = abortController()
    this.#calls.set(id, call)
    const heartbeat = setInterval(() => this.#answers.tell({ id }), HEARTBEAT_MS).unref()
    const progress = new CallProgress(id, method, this.#answers)
    try {
      const handler = this.#handlerOf(method)
      const request = requestOf(method as MethodName, params)
      const result = await handler(request, { signal: call.signal, progress: progress.send })
      progress.end()
      await this.#answers.result(id, result ?? null)
    } catch (error) {
      const { code, message, details } = this.#told(error)
      this.#answers.send({ id, error: { code, message, details } })
    } finally {
      clearInterval(heartbeat)
      this.#calls.delete(id)
    }
  }
}

/** Methods whose shape is the same in all versions: a program of any version can end a mount. */
const IN_ALL_VERSIONS: ReadonlySet<string> = new Set(['hello', 'unmount', 'status'])

const callerGoneError = (): KitError => new KitError('ABORTED', 'the caller went away')
const cancelledError = (): KitError => new KitError('ABORTED', 'interrupted')

/** Parses a line; undefined where it is no frame. */
function parsed(line: string): CallFrame | undefined {
  try {
    const frame = JSON.parse(line) as CallFrame
    return Number.isSafeInteger(frame.id) ? frame : undefined
  } catch {
    return undefined
  }
}
