/**
 * Frames messages for the socket between our processes: one JSON document a line. A long result is
 * sent as text in several frames, so that no line exceeds the limit of either side.
 */
import type { Socket } from 'node:net'
import type { ErrorCode, ErrorDetail } from '../core/errors.js'
import { LineSplitter, TOO_LONG } from '../core/line-splitter.js'

/** Longest line either side accepts, in bytes; a longer one ends the connection. */
const MAX_LINE = 16 << 20
/** Most characters of a result in all its parts. */
export const MAX_RESULT = 256 << 20
/** Most bytes that wait for a peer that does not read. */
const MAX_UNREAD = 64 << 20

/** From a caller: a call, or the cancellation of one. */
export type CallFrame =
  | { readonly id: number; readonly method: string; readonly params: unknown }
  | { readonly id: number; readonly cancel: true }

/** To a caller. A frame with an id alone tells that the call is still worked on. */
export interface AnswerFrame {
  readonly id: number
  readonly result?: unknown
  readonly progress?: unknown
  /** A piece of the result's text; `parts` tells that all pieces were sent. */
  readonly part?: string
  readonly parts?: true
  readonly error?: {
    readonly code: ErrorCode
    readonly message: string
    readonly details?: readonly ErrorDetail[]
  }
}

/** Sends a frame. The connection to a peer for which too much waits already ends. */
export function sendFrame(socket: Socket, frame: CallFrame | AnswerFrame): void {
  if (socket.destroyed) return
  if (socket.writableLength > MAX_UNREAD) socket.destroy()
  else socket.write(`${jsonLine(frame)}\n`)
}

const SEPARATORS = /[\u2028\u2029]/g

/** Returns JSON without the two separators, at which a peer that uses Node's readline ends a line. */
const jsonLine = (value: unknown): string =>
  JSON.stringify(value).replace(SEPARATORS, (one) => (one === '\u2028' ? '\\u2028' : '\\u2029'))

/** Calls back for each line. A line that is too long ends the connection. */
export function receiveLines(socket: Socket, onLine: (line: string) => void): void {
  const lines = new LineSplitter(MAX_LINE)
  socket.on('data', (data: Buffer) => {
    for (const line of lines.take(data)) {
      if (line === TOO_LONG) return void socket.destroy()
      onLine(line)
      if (socket.destroyed) return
    }
  })
}
