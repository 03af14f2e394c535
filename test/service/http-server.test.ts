/** Clients that connect to `/metrics` and do not let go. */
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { request, type IncomingMessage } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { makeLog } from '../../src/core/log.js'
import type { HttpCall } from '../../src/http/http-call.js'
import { serveHttp } from '../../src/service/http-server.js'
import { newTokenFile } from '../../src/service/local-token.js'
import { tempFolder } from '../support/temp.js'

const BODY = 'x'.repeat(8 << 20)

async function served(t: Test): Promise<number> {
  const log = makeLog({ level: 'error', format: 'text', write: () => undefined })
  const routes = {
    '/metrics': () => ({ status: 200, type: 'text/plain', body: 'up 1\n' }),
    '/large': () => ({ status: 200, type: 'text/plain', body: BODY })
  }
  const server = await serveHttp({ host: '127.0.0.1', port: 0, tokenFile: null }, routes, log)
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** @returns the status of an answer, on a connection of its own. */
async function ask(port: number): Promise<number | undefined> {
  const asked = request({ port, host: '127.0.0.1', path: '/metrics', agent: false }).end()
  const [answer] = await once(asked, 'response')
  answer.resume()
  return answer.statusCode
}

const METRICS = 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n'

/** What clients send who then keep their connection. */
const KEEPERS: Readonly<Record<string, (socket: Socket) => void>> = {
  'send nothing': () => undefined,
  'send half a line': (socket) => void socket.write('GET /met'),
  'send half a header': (socket) => void socket.write('GET /metrics HTTP/1.1\r\nHost: loc'),
  'send a letter at a time': (socket) => {
    const timer = setInterval(() => socket.write('x'), 300)
    socket.once('close', () => clearInterval(timer))
  },
  'promise a body': (socket) =>
    void socket.write(`${METRICS.trimEnd()}\r\nContent-Length: 99\r\n\r\nx`),
  'ask once': (socket) => void socket.write(METRICS),
  'do not read the answer': (socket) => {
    socket.write(METRICS.replace('metrics', 'large'))
    socket.pause()
  }
}

for (const [what, send] of Object.entries(KEEPERS))
  t.test(`threats 57: clients that ${what} keep nobody out, and are closed`, async (t) => {
    const port = await served(t)
    const sockets = Array.from({ length: 40 }, () => connect(port, '127.0.0.1'))
    const closed = sockets.map((socket) => once(socket, 'close'))
    for (const socket of sockets) {
      socket.on('error', () => undefined)
      if (what !== 'do not read the answer') socket.resume()
      send(socket)
    }
    t.teardown(() => sockets.forEach((socket) => socket.destroy()))
    for (let i = 0; i < 5; i++) t.equal(await ask(port), 200)
    // One that does not read learns of the end when it reads on.
    if (what === 'do not read the answer') return
    await Promise.all(closed)
    t.pass('all of them are closed')
  })

t.test(
  'threats 109: what a token guards is given to those who bring it, and to no web page',
  async (t) => {
    const folder = tempFolder(t)
    const tokenFile = newTokenFile(folder)
    t.equal(statSync(tokenFile).mode & 0o777, 0o600)
    const token = readFileSync(tokenFile, 'utf8').trim()
    const log = makeLog({ level: 'error', format: 'text', write: () => undefined })
    const answer = async (call: HttpCall): Promise<void> =>
      void (await Promise.resolve(call.response.end('rows')))
    const routes = async () => await Promise.resolve([{ methods: ['GET'], path: '/ipc/', answer }])
    const listen = { host: '127.0.0.1', port: 0, tokenFile: null }
    const server = await serveHttp(listen, {}, log, { prefix: '/ipc/', tokenFile, routes })
    t.teardown(() => {
      server.closeAllConnections()
      server.close()
    })
    const { port } = server.address() as AddressInfo
    const status = async (headers: Record<string, string>, method = 'GET'): Promise<number> => {
      const options = { port, host: '127.0.0.1', path: '/ipc/pin_index', agent: false }
      const asked = request({ ...options, method, headers }).end()
      const [answer] = (await once(asked, 'response')) as [IncomingMessage]
      answer.resume()
      return answer.statusCode!
    }
    const authorization = `Bearer ${token}`
    t.equal(await status({ authorization }), 200)
    t.equal(await status({ authorization }, 'POST'), 405)
    t.equal(await status({}), 401)
    for (const wrong of [
      'Bearer',
      `Bearer ${token}x`,
      `Bearer ${token.slice(1)}`,
      `Basic ${token}`
    ])
      t.equal(await status({ authorization: wrong }), 401, wrong)
    t.equal(await status({ authorization, origin: 'https://example.org' }), 403)
    t.equal(await status({ authorization, host: 'example.org' }), 403)
    const again = newTokenFile(folder)
    t.equal(again, tokenFile)
    t.equal(await status({ authorization }), 401, 'the token of an engine before')
  }
)
