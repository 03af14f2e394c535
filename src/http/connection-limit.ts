/**
 * Bounds the connections of an HTTP server, each of which costs the engine a descriptor. One that is
 * idle, or sends or reads too slowly, is closed; and where there are too many, the oldest makes room:
 * who keeps connections open keeps nobody out.
 */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** @param idleMs how long a connection may be silent. */
export function limitConnections(server: Server, most: number, idleMs: number): void {
  const open = new Set<Socket>()
  server.setTimeout(idleMs)
  server.on('connection', (socket) => {
    const [oldest] = open
    if (oldest !== undefined && open.size >= most) {
      open.delete(oldest)
      oldest.destroy()
    }
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
}
