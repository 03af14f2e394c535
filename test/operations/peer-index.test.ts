/** The index of a peer whose connection breaks: an error of the operation, and of nothing else. */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { peerOverHttp } from '../../src/operations/peer-index.js'
import { askHttp } from '../../src/service/local-http-client.js'
import { engineEvents } from '../../src/service/engine-events.js'
import { tempFolder } from '../support/temp.js'

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{'

/** Answers the beginning of a body, and then does something. @returns the path of a socket. */
async function peer(t: Test, then: (connection: Socket) => void): Promise<string> {
  const path = join(tempFolder(t, 'peer'), 's')
  const server = createServer((connection) => {
    connection.on('error', () => undefined)
    connection.once('data', () => connection.write(HEAD, () => then(connection)))
  })
  server.listen(path)
  await once(server, 'listening')
  t.teardown(() => server.close())
  return path
}

const runOf = (signal: AbortSignal) => ({ signal, progress: () => undefined, warn: () => undefined }) // prettier-ignore

t.test('a peer that breaks off in the middle is away', async (t) => {
  const { signal } = new AbortController()
  const ends: readonly ((connection: Socket) => void)[] = [
    (connection) => connection.destroy(),
    (connection) => connection.end('HTTP/1.1 200 OK\r\n')
  ]
  for (const end of ends) {
    const asked = peerOverHttp(`unix:${await peer(t, end)}`, undefined, runOf(signal))
    await t.rejects(asked, { code: 'BACKEND_UNAVAILABLE', message: /broke off after 1?\d+ bytes/ })
  }
  const server = createServer((connection) => {
    connection.on('error', () => undefined)
    connection.once('data', () => connection.write(HEAD, () => setImmediate(() => connection.resetAndDestroy()))) // prettier-ignore
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as { port: number }
  const asked = peerOverHttp(`http://127.0.0.1:${port}`, undefined, runOf(signal))
  await t.rejects(asked, { code: 'BACKEND_UNAVAILABLE' })
})

t.test('what is no longer wanted in the middle of an answer ends nothing else', async (t) => {
  const reason = new Error('enough')
  const asks: readonly ((path: string, signal: AbortSignal) => Promise<unknown>)[] = [
    (path, signal) => peerOverHttp(`unix:${path}`, undefined, runOf(signal)),
    (path, signal) => askHttp(path, '/x', signal),
    (path, signal) => engineEvents(path, {}, signal).next()
  ]
  for (const ask of asks) {
    const ending = new AbortController()
    const path = await peer(t, () => setImmediate(() => ending.abort(reason)))
    await t.rejects(ask(path, ending.signal), reason)
  }
})
