/**
 * Frames messages for the socket between our processes: one JSON document a line. A long result is
 * sent as text in several frames, so that no line exceeds the limit of either side.
 */
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { ErrorCode, ErrorDetail } from '../core/errors.js'

/** Longest line either side accepts, in bytes; a longer one ends the connection. */
const MAX_LINE = 16 << 20
/** Most characters of a result in one line. */
const MAX_PART = 1 << 20
/** Most characters of a result in all its parts. */
export const MAX_RESULT = 256 << 20

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

export const sendFrame = (socket: Socket, frame: CallFrame | AnswerFrame): void => {
  if (!socket.destroyed) socket.write(`${JSON.stringify(frame)}\n`)
}

/** Sends a result, in parts where it is long. */
export function sendResult(socket: Socket, id: number, result: unknown): void {
  const text = JSON.stringify(result)
  if (text.length <= MAX_PART) return sendFrame(socket, { id, result })
  for (let at = 0; at < text.length; at += MAX_PART)
    sendFrame(socket, { id, part: text.slice(at, at + MAX_PART) })
  sendFrame(socket, { id, parts: true })
}

/** Calls back for each line. A line that is too long ends the connection. */
export function receiveLines(socket: Socket, onLine: (line: string) => void): void {
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
