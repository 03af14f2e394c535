/**
 * How messages cross the socket between our processes: one JSON document a line. A long result
 * comes as text in several frames, so that no line is longer than either side takes.
 */
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { ErrorCode } from '../core/errors.js'

/** Longest line either side takes; whoever sends a longer one is cut off. */
const MAX_LINE = 16 << 20
/** Characters of a result that go into one line. */
const PART = 1 << 20
/** Characters of a result in all its parts. */
export const MAX_RESULT = 256 << 20

/** From a caller: a call, or the end of one. */
export type CallFrame =
  | { readonly id: number; readonly method: string; readonly params: unknown }
  | { readonly id: number; readonly cancel: true }

/** To a caller. One that says nothing else says that the call is worked on. */
export interface AnswerFrame {
  readonly id: number
  readonly result?: unknown
  readonly progress?: unknown
  /** A piece of the text of the result; `parts` says that it was the last. */
  readonly part?: string
  readonly parts?: true
  readonly error?: { readonly code: ErrorCode; readonly message: string }
}

export const sendFrame = (socket: Socket, frame: CallFrame | AnswerFrame): void => {
  if (!socket.destroyed) socket.write(`${JSON.stringify(frame)}\n`)
}

export function sendResult(socket: Socket, id: number, result: unknown): void {
  const text = JSON.stringify(result)
  if (text.length <= PART) return sendFrame(socket, { id, result })
  for (let at = 0; at < text.length; at += PART)
    sendFrame(socket, { id, part: text.slice(at, at + PART) })
  sendFrame(socket, { id, parts: true })
}

/** Calls back for each line. A line that is too long, or no line at all, ends the connection. */
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
