/** A TCP proxy on loopback that fails on purpose, between us and a real server. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'

export interface LinkFaults {
  /** Connections of which one is reset at once: of ten, so many. */
  readonly refusedOfTen?: number
  /** Bytes of answers after which a connection is reset. */
  readonly resetAfter?: number
  /** Bytes of answers after which nothing comes any more, and nothing is said. */
  readonly dropAfter?: number
  /** Before each piece of an answer. */
  readonly delayMs?: number
}

export class FaultProxy {
  readonly url: string
  /** Bytes of answers that went through. */
  answered = 0
  #faults: LinkFaults = {}
  readonly #sockets: Set<Socket>

  private constructor(url: string, sockets: Set<Socket>) {
    this.url = url
    this.#sockets = sockets
  }

  static async before(t: Pick<Test, 'teardown'>, port: number): Promise<FaultProxy> {
    const sockets = new Set<Socket>()
    let count = 0
    const server = createServer((near) => {
      const { refusedOfTen = 0 } = proxy.#faults
      if (count++ % 10 < refusedOfTen) near.resetAndDestroy()
      else proxy.#join(near, connect(port, '127.0.0.1'))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (typeof address !== 'object' || address === null) throw new Error('no address')
    const proxy = new FaultProxy(`http://127.0.0.1:${address.port}`, sockets)
    t.teardown(() => {
      server.close()
      proxy.cut()
    })
    return proxy
  }

  /** From now on; connections that there are end. */
  use(faults: LinkFaults): void {
    this.#faults = faults
    this.cut()
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
    this.#sockets.clear()
  }

  #join(near: Socket, far: Socket): void {
    const { resetAfter = Infinity, dropAfter = Infinity, delayMs = 0 } = this.#faults
    let passed = 0
    for (const [one, other] of [
      [near, far],
      [far, near]
    ] as const) {
      this.#sockets.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        this.#sockets.delete(one)
        other.destroy()
      })
    }
    near.pipe(far)
    far.on('data', (part: Buffer) => {
      passed += part.length
      this.answered += part.length
      if (passed > resetAfter) near.resetAndDestroy()
      else if (passed <= dropAfter) setTimeout(() => near.write(part), delayMs)
    })
  }
}
