/** Clients of WebSockets, and of events as they come. */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { WebSocket, type ClientOptions } from 'ws'

/** Opens a WebSocket. @returns it, or the status by which it was refused. */
export async function openSocket(
  url: string,
  options: ClientOptions = {}
): Promise<WebSocket | number> {
  const socket = new WebSocket(url, options)
  return await new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket))
    socket.on('error', reject)
    socket.once('unexpected-response', (request, answer: IncomingMessage) => {
      resolve(answer.statusCode!)
      request.destroy()
    })
  })
}

export type Json = Readonly<Record<string, unknown>>

/** What a WebSocket told, which tests wait for. */
export class Heard {
  readonly all: Json[] = []
  readonly #more: (() => void)[] = []

  constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      this.all.push(JSON.parse(data.toString()) as Json)
      for (const wake of this.#more.splice(0)) wake()
    })
  }

  static async at(url: string, options?: ClientOptions): Promise<Heard> {
    const socket = new WebSocket(url, options)
    const heard = new Heard(socket)
    await once(socket, 'open')
    return heard
  }

  /** Waits for a message with these fields, and takes it out with those before it. */
  async next(fields: Json): Promise<Json> {
    for (;;) {
      const at = this.all.findIndex((one) =>
        Object.entries(fields).every(([key, value]) => one[key] === value)
      )
      if (at >= 0) return this.all.splice(0, at + 1).at(-1)!
      await new Promise<void>((resolve) => this.#more.push(resolve))
    }
  }
}
