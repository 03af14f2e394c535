/** Ports of servers that are measured. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

const READY_TRIES = 200

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Waits for somebody to listen. @throws where nobody does for twenty seconds. */
export async function listens(port: number): Promise<void> {
  for (let i = 0; i < READY_TRIES; i++) {
    const socket = connect(port, '127.0.0.1')
    const answered = await Promise.race([
      once(socket, 'connect').then(() => true, () => false),
      delay(1000, false)
    ]) // prettier-ignore
    socket.destroy()
    if (answered) return
    await delay(100)
  }
  throw new Error(`nobody listens at port ${port}`)
}
