/**
 * Bounds the connections of an HTTP server, each of which costs the engine a descriptor. One that is
 * idle, or sends or reads too slowly, is closed; and where there are too many, one that asks for
 * nothing makes room, else the oldest: who keeps connections open keeps nobody out.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { Server as TlsServer } from 'node:tls'

/** The connections of each server that wait for answers, or carry WebSockets. */
const inUse = new WeakMap<Server, ReadonlySet<Socket>>()

const LOOK_MS = 10

/** Resolves when no answer of a server is under way, or it takes too long. */
export async function answersEnded(server: Server, patienceMs: number): Promise<void> {
  const until = performance.now() + patienceMs
  while ((inUse.get(server)?.size ?? 0) > 0 && performance.now() < until) await delay(LOOK_MS)
}

/** Ends the connections that are used, WebSockets too, which Node leaves alone. */
export function cutConnections(server: Server): void {
  for (const socket of inUse.get(server) ?? []) socket.destroy()
}

/**
 * @param idleMs how long a connection may be silent.
 * @returns counts a connection as used until it ends.
 */
export function limitConnections(
  server: Server,
  most: number,
  idleMs: number
): (socket: Socket) => void {
  const idle = new Set<Socket>()
  const busy = new Set<Socket>()
  inUse.set(server, busy)
  server.setTimeout(idleMs)
  // The sockets of requests: over TLS they are others than those of connections.
  const isTls = server instanceof TlsServer
  if (isTls) server.maxConnections = 2 * most
  server.on(isTls ? 'secureConnection' : 'connection', (socket: Socket) => {
    // A tunnel begins anew on a connection that is known.
    if (idle.has(socket) || busy.has(socket)) return
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
  return (socket) => {
    if (idle.delete(socket)) busy.add(socket)
  }
}
