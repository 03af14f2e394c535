/**
 * WebSockets (RFC 6455) that carry messages to their clients, each of which is sent when the one before it
 * has left. Whoever asks is admitted like any request; where there is none, the request is answered as
 * if it had not asked for one, as HTTP has it.
 */
import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import { Server as TlsServer } from 'node:tls'
import type { WebSocket, WebSocketServer } from 'ws'
import { abortController } from '../core/abort.js'
import { KitError } from '../core/errors.js'
import type { Log } from '../core/log.js'
import type { Admit } from './admission.js'
import { partsOf, type HttpRoute, type MessageCall } from './http-call.js'

/** At a time; each takes a connection. */
const MAX_SOCKETS = 128
/** Bytes of a message of a client, of which none means anything. */
const MAX_RECEIVED = 4096
/** How long a client may take to agree to the end. */
const CLOSE_MS = 1000

// Codes of RFC 6455, 7.4.1.
const DONE = 1000
const REFUSED = 1008
const FAILED = 1011

export interface WebSocketChoice {
  readonly admit: Admit | undefined
  /** Makes the routes, once. */
  readonly make: () => Promise<void>
  readonly find: (path: string) => HttpRoute | undefined
  /** Returns whether a connection still waits for the answers of earlier requests. */
  readonly isBusy: (socket: Socket) => boolean
  /** Is told that a connection is in use from now on, until it ends. */
  readonly keep: (socket: Socket) => void
  /** How often a client is asked whether it is there; one that has not answered by then is not. */
  readonly pingMs: number
  readonly log: Pick<Log, 'error'>
}

export function serveWebSockets(server: Server, choice: WebSocketChoice): void {
  let opening: Promise<WebSocketServer> | undefined
  const open = (): Promise<WebSocketServer> =>
    (opening ??= import('ws').then(
      ({ WebSocketServer }) => new WebSocketServer({ noServer: true, maxPayload: MAX_RECEIVED })
    ))
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    // Node takes its own listeners away, and a socket without one ends the process with its first error.
    socket.on('error', () => socket.destroy())
    // The answer to an earlier request would be written into the messages.
    if (choice.isBusy(socket)) return void socket.destroy()
    const plain = (): void => answerPlainly(server, request, socket, head)
    if (!isWebSocket(request)) return plain()
    const end = abortController()
    socket.once('close', () => end.abort(new KitError('ABORTED', 'the client went away')))
    serve(request, end.signal, choice)
      .then(async (messages) => {
        if (messages === undefined) return plain()
        const sockets = await open()
        if (sockets.clients.size >= MAX_SOCKETS) return refuse(socket)
        choice.keep(socket)
        sockets.handleUpgrade(request, socket, head, (webSocket) => {
          void send(webSocket, messages, request, choice)
        })
      })
      .catch((error: unknown) => {
        choice.log.error('a WebSocket failed', error)
        socket.destroy()
      })
  })
}

const isWebSocket = ({ method, headers }: IncomingMessage): boolean =>
  method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket'

/** Returns the messages of the route; undefined where there are none, or the request is refused or wrong. */
async function serve(
  request: IncomingMessage,
  signal: AbortSignal,
  choice: WebSocketChoice
): Promise<AsyncIterable<string> | undefined> {
  const [path, query] = partsOf(request.url ?? '')
  const call: MessageCall = { request, path, query: new URLSearchParams(query), signal }
  await choice.make()
  if (!isAdmitted(request, choice)) return undefined
  try {
    return await choice.find(path)?.messages?.(call)
  } catch (error) {
    // It is told what is wrong by the answer to the same request without a WebSocket.
    if (error instanceof KitError) return undefined
    throw error
  }
}

function isAdmitted(request: IncomingMessage, { find, admit }: WebSocketChoice): boolean {
  const [path] = partsOf(request.url ?? '')
  return admit?.(request, find(path)?.access) === undefined
}

function refuse(socket: Socket): void {
  socket.end(
    'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
    () => socket.destroy()
  )
}

/** Begins the request anew without its wish, on the same connection. */
function answerPlainly(
  server: Server,
  { method, url, httpVersion, rawHeaders }: IncomingMessage,
  socket: Socket,
  head: Buffer
): void {
  const lines = [`${method ?? ''} ${url ?? ''} HTTP/${httpVersion}`]
  for (let i = 0; i < rawHeaders.length; i += 2)
    if (!/^(upgrade|connection|http2-settings)$/i.test(rawHeaders[i]!))
      lines.push(`${rawHeaders[i]!}: ${rawHeaders[i + 1]!}`)
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]))
  server.emit(server instanceof TlsServer ? 'secureConnection' : 'connection', socket)
}

/** Sends messages at the pace of the client. Never rejects. */
async function send(
  socket: WebSocket,
  messages: AsyncIterable<string>,
  request: IncomingMessage,
  choice: WebSocketChoice
): Promise<void> {
  // It is closed for errors of the protocol, and has nobody else to tell.
  socket.on('error', () => socket.terminate())
  const stopPings = pinged(socket, request, choice)
  let code = DONE
  try {
    for await (const text of messages) {
      if (socket.readyState !== socket.OPEN) break
      await sent(socket, text)
    }
  } catch (error) {
    code = FAILED
    if (!(error instanceof KitError)) choice.log.error('a WebSocket failed', error)
  }
  stopPings()
  socket.close(code)
  const late = setTimeout(() => socket.terminate(), CLOSE_MS)
  socket.once('close', () => clearTimeout(late))
}

/** Resolves when a message has left this process, or the connection has ended. */
const sent = (socket: WebSocket, text: string): Promise<void> =>
  new Promise((resolve) => socket.send(text, () => resolve()))

/**
 * Ends a connection whose client is silent, or would not be admitted any more, as with a session that has
 * ended. @returns ends that.
 */
function pinged(socket: WebSocket, request: IncomingMessage, choice: WebSocketChoice): () => void {
  let isAlive = true
  socket.on('pong', () => (isAlive = true))
  const timer = setInterval(() => {
    if (!isAlive) return socket.terminate()
    if (!isAdmitted(request, choice)) return socket.close(REFUSED)
    isAlive = false
    socket.ping()
  }, choice.pingMs).unref()
  socket.once('close', () => clearInterval(timer))
  return () => clearInterval(timer)
}
