/** A small HTTP server of a test's own, on loopback. What it stands in for is a fixture. */
import { once } from 'node:events'
import { lookup } from 'node:dns/promises'
import { createServer, type RequestListener } from 'node:http'
import { hostname } from 'node:os'
import type { Test } from 'tap'

/** @returns its URL. */
export async function httpServer(
  t: Pick<Test, 'teardown'>,
  listener: RequestListener
): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  return `http://127.0.0.1:${address.port}`
}

/** A name other than `localhost` that leads to an address of this machine; undefined for none. */
export async function nameOfThisMachine(): Promise<string | undefined> {
  for (const name of [hostname(), 'ip6-localhost', 'localhost.localdomain'])
    if ((await lookup(name).catch(() => undefined)) !== undefined) return name
  return undefined
}
