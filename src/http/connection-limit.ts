/**
 * Bounds the connections of an HTTP server, each of which costs the engine a descriptor. One that is
 * idle, or sends or reads too slowly, is closed; and where there are too many, one that asks for
 * nothing makes room, else the oldest: who keeps connections open keeps nobody out.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** @param idleMs how long a connection may be silent. */
export function limitConnections(server: Server, most: number, idleMs: number): void {
  const idle = new Set<Socket>()
  const busy = new Set<Socket>()
  server.setTimeout(idleMs)
  server.on('connection', (socket: Socket) => {
    if (idle.size + busy.size >= most) {
      const [oldest] = idle.size > 0 ? idle : busy
      idle.delete(oldest!)
      busy.delete(oldest!)
      oldest!.destroy()
    }
    idle.add(socket)
    socket.once('close', () => {
      idle.delete(socket)
      busy.delete(socket)
    })
  })
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    if (!idle.delete(socket)) return
    busy.add(socket)
    response.once('close', () => {
      if (busy.delete(socket) && !socket.destroyed) idle.add(socket)
    })
  })
}
