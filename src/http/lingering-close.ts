/**
 * Ends connections gently: Node destroys one as soon as its last answer is written, and a client that
 * still sends, or has not noticed that it is done, gets an error in place of the answer.
 */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** How long a client may take to close its side. */
const LINGER_MS = 2000

export function lingerOnClose(server: Server): void {
  server.on('connection', (socket: Socket) => {
    socket.destroySoon = () => {
      socket.end()
      const late = setTimeout(() => socket.destroy(), LINGER_MS).unref()
      socket.once('close', () => clearTimeout(late))
    }
  })
}
