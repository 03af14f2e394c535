/**
 * Tunnels through this server as a proxy (CONNECT), as clients open them that reach names of a gateway by it. They
 * lead to this server itself and nowhere else: what comes through one is a connection like any other.
 */
import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Admit } from './admission.js'

const REFUSED = 'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'

export function serveTunnels(server: Server, admit: Admit): void {
  server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    // Node takes its own listeners away, and a socket without one ends the process with its first error.
    socket.on('error', () => socket.destroy())
    if (admit(request) !== undefined) return void socket.end(REFUSED, () => socket.destroy())
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    if (head.length > 0) socket.unshift(head)
    server.emit('connection', socket)
  })
}
