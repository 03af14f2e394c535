/** Sends the answers of a connection no faster than its caller reads them, so that a suspended one costs the owner little memory. */
import type { Socket } from 'node:net'
import { MAX_RESULT, sendFrame, type AnswerFrame } from './frames.js'

/** Most characters of a result in one line. */
const MAX_PART = 1 << 20

export class AnswerSender {
  readonly #socket: Socket
  readonly #limit: number
  /** Characters of the results that are being sent in parts. */
  #held = 0
  #drained: Promise<void> | undefined

  /** @param limit characters of results that may wait for the caller, several together. */
  constructor(socket: Socket, limit = MAX_RESULT) {
    this.#socket = socket
    this.#limit = limit
  }

  /** Sends what the caller must hear. */
  send(frame: AnswerFrame): void {
    sendFrame(this.#socket, frame)
  }

  /** Sends what the next such frame makes good, unless the caller has yet to read others. @returns whether it did. */
  tell(frame: AnswerFrame): boolean {
    if (this.#socket.writableNeedDrain) return false
    sendFrame(this.#socket, frame)
    return true
  }

  /** Sends a result, in parts where it is long. The connection of a caller that leaves too many of them unread ends. */
  async result(id: number, result: unknown): Promise<void> {
    const text = JSON.stringify(result)
    if (text.length <= MAX_PART) return this.send({ id, result })
    if (this.#held > 0 && this.#held + text.length > this.#limit) return void this.#socket.destroy()
    this.#held += text.length
    for (let at = 0; at < text.length && !this.#socket.destroyed; at += MAX_PART) {
      this.send({ id, part: text.slice(at, at + MAX_PART) })
      if (this.#socket.writableNeedDrain) await (this.#drained ??= this.#drain())
    }
    this.#held -= text.length
    this.send({ id, parts: true })
  }

  /** Returns once all is handed to the system, or the connection has ended. */
  #drain(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#drained = undefined
        this.#socket.off('drain', done).off('close', done)
        resolve()
      }
      this.#socket.once('drain', done).once('close', done)
      if (this.#socket.destroyed) done()
    })
  }
}
