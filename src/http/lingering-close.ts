/**
 * Ends connections gently: Node destroys one as soon as its last answer is written, and a client that
 * still sends, or has not noticed that it is done, gets an error in place of the answer.
 */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { Server as TlsServer } from 'node:tls'

/** How long a client may take to close its side. */
const LINGER_MS = 2000

export function lingerOnClose(server: Server): void {
  const event = server instanceof TlsServer ? 'secureConnection' : 'connection'
  server.on(event, (socket: Socket) => {
    const destroySoon = socket.destroySoon.bind(socket)
    socket.destroySoon = () => {
      // A reset is wanted at once, so that the client notices it.
      if ('resetAndClosing' in socket && socket.resetAndClosing === true) return destroySoon()
      socket.end()
      const late = setTimeout(() => socket.destroy(), LINGER_MS).unref()
      socket.once('close', () => clearTimeout(late))
    }
  })
}
