/**
 * Calls between our own processes over the home's unix socket: one JSON document a line,
 * `{id, method, params}` one way and `{id, result}`, `{id, error}` or `{id, progress}` back. A
 * long result comes as text in `{id, part}` lines before an `{id, parts: true}`. While a call is
 * worked on the other side says so, `{id}`, so that one that was stopped is noticed.
 */
import { chmodSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { type ErrorCode, KitError, systemCode, toKitError } from '../core/errors.js'

/** Longest line either side accepts. */
const MAX_LINE = 16 << 20
/** Characters of a result that go into one line. */
const PART = 1 << 20
const BEAT_MS = 2000
const SILENT_MS = 30_000

export type Progress = (value: unknown) => void
export type Handler = (params: never, progress: Progress) => Promise<unknown>

interface Request {
  readonly id: number
  readonly method: string
  readonly params: unknown
}

interface Answer {
  readonly id: number
  readonly result?: unknown
  readonly progress?: unknown
  readonly part?: string
  readonly parts?: true
  readonly error?: { readonly code: ErrorCode; readonly message: string }
}

const send = (socket: Socket, message: Request | Answer): void => {
  if (!socket.destroyed) socket.write(`${JSON.stringify(message)}\n`)
}

/** Serve a table of methods until the server is closed. The socket is for its owner alone. */
export async function serveRpc(
  path: string,
  methods: ReadonlyMap<string, Handler>
): Promise<Server> {
  rmSync(path, { force: true })
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    // One for each call that is worked on.
    socket.setMaxListeners(0)
    lines(socket, (line) => void answer(socket, methods, line))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  chmodSync(path, 0o600)
  return server
}

function lines(socket: Socket, onLine: (line: string) => void): void {
  let pending = 0
  socket.on('data', (data: Buffer) => {
    const newline = data.lastIndexOf(10)
    pending = newline < 0 ? pending + data.length : data.length - newline
    if (pending > MAX_LINE) socket.destroy()
  })
  const reader = createInterface({ input: socket, crlfDelay: Infinity })
  reader.on('line', onLine)
  reader.on('error', () => socket.destroy())
}

async function answer(
  socket: Socket,
  methods: ReadonlyMap<string, Handler>,
  line: string
): Promise<void> {
  let id = 0
  const beat = setInterval(() => send(socket, { id }), BEAT_MS).unref()
  const stop = (): void => clearInterval(beat)
  socket.once('close', stop)
  try {
    const request = JSON.parse(line) as Request
    id = request.id
    const handler = methods.get(request.method)
    if (handler === undefined) throw new KitError('UNSUPPORTED', `no method "${request.method}"`)
    const progress: Progress = (value) => send(socket, { id, progress: value })
    const result = await handler(request.params as never, progress)
    sendResult(socket, id, result ?? null)
  } catch (error) {
    const { code, message } = toKitError(error)
    send(socket, { id, error: { code, message } })
  } finally {
    stop()
    socket.off('close', stop)
  }
}

function sendResult(socket: Socket, id: number, result: unknown): void {
  const text = JSON.stringify(result)
  if (text.length <= PART) return send(socket, { id, result })
  for (let at = 0; at < text.length; at += PART)
    send(socket, { id, part: text.slice(at, at + PART) })
  send(socket, { id, parts: true })
}

const silent = (): KitError =>
  new KitError(
    'TIMEOUT',
    'the process that owns this home does not answer; see `ipfs-kit status`, or take its mounts away with `ipfs-kit unmount --force`'
  )

const ended = (): KitError =>
  new KitError('CLOSED', 'the process that owns this home ended during the call')

/** A connection to the owner of a home. */
export class RpcClient {
  readonly #socket: Socket
  readonly #waiting = new Map<
    number,
    {
      resolve: (value: unknown) => void
      reject: (error: KitError) => void
      progress: Progress
      text: string
    }
  >()
  #timer: NodeJS.Timeout | undefined
  #next = 1

  private constructor(socket: Socket) {
    this.#socket = socket
    lines(socket, (line) => this.#receive(JSON.parse(line) as Answer))
    socket.on('close', () => this.#fail())
    socket.on('error', () => this.#fail())
  }

  /** @returns undefined when nobody listens there. */
  static connect(path: string): Promise<RpcClient | undefined> {
    return new Promise((resolve, reject) => {
      const socket = connect(path)
      socket.once('connect', () => resolve(new RpcClient(socket)))
      socket.once('error', (error) => {
        const code = systemCode(error)
        if (code === 'ENOENT' || code === 'ECONNREFUSED') resolve(undefined)
        else reject(toKitError(error, `cannot speak to the owner at ${path}`))
      })
    })
  }

  call(method: string, params: unknown, progress: Progress = () => undefined): Promise<unknown> {
    const id = this.#next++
    if (this.#socket.destroyed) return Promise.reject(ended())
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, progress, text: '' })
      this.#listen()
      send(this.#socket, { id, method, params })
    })
  }

  /** Begin to wait for the next line anew; no longer than the other side may be silent. */
  #listen(): void {
    clearTimeout(this.#timer)
    if (this.#waiting.size > 0) this.#timer = setTimeout(() => this.#fail(silent()), SILENT_MS)
  }

  #receive(message: Answer): void {
    this.#take(message)
    this.#listen()
  }

  #take(message: Answer): void {
    const call = this.#waiting.get(message.id)
    if (call === undefined) return
    if (message.progress !== undefined) {
      call.progress(message.progress)
      return
    }
    if (message.part !== undefined) {
      call.text += message.part
      return
    }
    const isOver = message.parts === true || message.error !== undefined || 'result' in message
    if (!isOver) return
    this.#waiting.delete(message.id)
    if (message.error === undefined)
      call.resolve(message.parts === true ? JSON.parse(call.text) : message.result)
    else call.reject(new KitError(message.error.code, message.error.message))
  }

  #fail(reason = ended()): void {
    clearTimeout(this.#timer)
    for (const { reject } of this.#waiting.values()) reject(reason)
    this.#waiting.clear()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#socket.destroy()
  }
}
