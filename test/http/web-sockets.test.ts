/** WebSockets of a server: who gets one, how they end, and clients that do not let go. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request, type IncomingMessage } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import type { WebSocket } from 'ws'
import { KitError } from '../../src/core/errors.js'
import { makeLog } from '../../src/core/log.js'
import { admitWithToken, ownHost } from '../../src/http/admission.js'
import type { HttpRoute } from '../../src/http/http-call.js'
import { Sessions } from '../../src/http/sessions.js'
import { closeServer, httpServer, listenAt } from '../../src/http/server.js'
import { EventLog } from '../../src/operations/event-log.js'
import { TestClock } from '../support/clock.js'
import { tempFolder } from '../support/temp.js'
import { Heard, openSocket } from '../support/web-socket.js'

const LIMITS = { connections: 512, idle: 60_000, headers: 5000, request: 0 }
const TOKEN = 'secret'
const withToken = { headers: { authorization: `Bearer ${TOKEN}` } }

interface Served {
  readonly port: number
  readonly url: string
  readonly events: EventLog
  /** The cookie of a browser that is signed in. */
  readonly cookie: string
  readonly signOut: () => void
  readonly connections: () => Promise<number>
  readonly close: () => Promise<void>
}

async function served(
  t: Test,
  ping?: number,
  tls?: { readonly cert: Buffer; readonly key: Buffer }
): Promise<Served> {
  const log = makeLog({ level: 'error', format: 'text', write: (line) => t.fail(line) })
  const events = new EventLog(new TestClock())
  const sessions = new Sessions()
  const route: HttpRoute = {
    methods: ['GET', 'POST'],
    path: '/events',
    access: 'session',
    answer: async ({ request: asked, response }) => void response.end(`plain ${await text(asked)}`),
    messages: async ({ query, signal }) => {
      if (query.has('wrong')) throw new KitError('INVALID_ARGUMENT', 'wrong')
      return await Promise.resolve(texts(events, signal))
    }
  }
  const address = { host: '127.0.0.1', port: 0 }
  const server = httpServer({
    routes: () => Promise.resolve([route]),
    admit: admitWithToken(ownHost(address), () => TOKEN, sessions),
    limits: ping === undefined ? LIMITS : { ...LIMITS, ping },
    hasWebSockets: true,
    tls,
    log
  })
  await listenAt(server, address, log)
  const close = async (): Promise<void> => {
    events.close()
    await closeServer(server, 2000)
  }
  t.teardown(() => close().catch(() => undefined))
  const { port } = server.address() as AddressInfo
  const code = sessions.newCode({ isReadOnly: true })
  const asking = { socket: { localPort: port }, headers: {} } as IncomingMessage
  const [cookie = ''] = sessions.begin(code, asking)!.split(';')
  const signOut = (): void =>
    void sessions.end({ ...asking, headers: { cookie } } as IncomingMessage)
  const connections = (): Promise<number> =>
    new Promise((resolve) => server.getConnections((_, count) => resolve(count)))
  return { port, url: `ws://127.0.0.1:${port}/events`, events, cookie, signOut, connections, close }
}

async function* texts(events: EventLog, signal: AbortSignal): AsyncGenerator<string> {
  for await (const event of events.watch({}, signal)) yield JSON.stringify(event)
}

t.test(
  'threats 124: a WebSocket is given to whom a request is answered, and to no other',
  async (t) => {
    const { url, port, cookie } = await served(t)
    t.equal(await openSocket(url), 401)
    t.equal(await openSocket(`${url}?token=${TOKEN}`), 401, 'a token in a URL is none')
    t.equal(await openSocket(url, { headers: { authorization: 'Bearer other' } }), 401)
    t.equal(await openSocket(url, { ...withToken, origin: 'http://evil.example' }), 403)
    t.equal(await openSocket(url, { ...withToken, origin: `http://localhost.evil.example:${port}` }), 403) // prettier-ignore
    t.equal(await openSocket(url, { ...withToken, origin: 'null' }), 403)
    t.equal(await openSocket(url, { headers: { ...withToken.headers, host: `evil.example:${port}` } }), 403) // prettier-ignore
    t.equal(await openSocket(url, { headers: { ...withToken.headers, 'sec-fetch-site': 'cross-site' } }), 403) // prettier-ignore
    const own = await Heard.at(url, { ...withToken, origin: `http://127.0.0.1:${port}` })
    t.match(await own.next({}), { type: 'ready' })
    own.socket.close()
    t.equal(await openSocket(url, { headers: { cookie }, origin: 'http://evil.example' }), 403)
    t.equal(await openSocket(url, { headers: { cookie }, origin: 'http://127.0.0.1:1' }), 403)
    t.equal(await openSocket(url, { headers: { cookie: `${cookie}x` }, origin: `http://127.0.0.1:${port}` }), 401) // prettier-ignore
    const browser = await Heard.at(url, { headers: { cookie }, origin: `http://127.0.0.1:${port}` })
    t.match(await browser.next({}), { type: 'ready' })
    browser.socket.close()
  }
)

t.test('where there is none, the request is answered as HTTP has it', async (t) => {
  const { url, port } = await served(t)
  t.equal(await openSocket(`${url}?wrong=1`, withToken), 200)
  t.equal(await openSocket(`ws://127.0.0.1:${port}/other`, withToken), 404)
  // As Java's clients ask first.
  const asked = request({
    host: '127.0.0.1',
    port,
    path: '/events',
    method: 'POST',
    agent: false,
    headers: { ...withToken.headers, connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAM' } // prettier-ignore
  })
  asked.end('a body'.repeat(20_000))
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  t.equal(await text(answer), `plain ${'a body'.repeat(20_000)}`)
})

t.test('one that comes behind a request without its answer is cut off', async (t) => {
  const { port } = await served(t)
  const socket = connect(port, '127.0.0.1')
  const head = `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n`
  socket.write(
    `POST /events HTTP/1.1\r\n${head}Content-Length: 4\r\n\r\nbody` +
      `GET /events HTTP/1.1\r\n${head}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`
  )
  socket.on('error', () => undefined)
  t.notMatch(await text(socket).catch(() => ''), /101 Switching/)
})

t.test('a hundred that come and go leave nothing', async (t) => {
  const { url, events, connections } = await served(t)
  const sockets = await Promise.all(
    Array.from({ length: 100 }, async () => (await openSocket(url, withToken)) as WebSocket)
  )
  const kept = await Heard.at(url, withToken)
  await kept.next({ type: 'ready' })
  t.equal(await connections(), 101)
  await Promise.all(
    sockets.map(async (socket, i) => {
      const closed = once(socket, 'close')
      if (i % 2 === 0) socket.close()
      else socket.terminate()
      await closed
    })
  )
  while ((await connections()) > 1) await new Promise((resolve) => setImmediate(resolve))
  t.equal(events.watchers, 1)
  events.tell({ type: 'mount_up', path: '/a' })
  t.match(await kept.next({ type: 'mount_up' }), { path: '/a' })
  kept.socket.close()
})

t.test('there are so many at a time', async (t) => {
  const { url } = await served(t)
  const opened = await Promise.all(Array.from({ length: 130 }, () => openSocket(url, withToken)))
  t.equal(opened.filter((one) => one === 503).length, 2)
  for (const one of opened) if (typeof one !== 'number') one.terminate()
})

t.test(
  'threats 125: a client that does not read takes no memory, and hears of the gap',
  async (t) => {
    const { url, events } = await served(t)
    const heard = await Heard.at(url, withToken)
    await heard.next({ type: 'ready' })
    heard.socket.pause()
    const before = process.memoryUsage()
    for (let i = 0; i < 60_000; i++) {
      events.tell({ type: 'mount_up', path: `${i} ${'x'.repeat(1000)}` })
      // The engine does other things, too.
      if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    const { external, arrayBuffers } = process.memoryUsage()
    t.ok(external + arrayBuffers - before.external - before.arrayBuffers < 24 << 20)
    heard.socket.resume()
    const gap = await heard.next({ type: 'gap' })
    t.ok((gap['missed'] as number) > 1000)
    t.match(await heard.next({}), { type: 'mount_up', id: (gap['id'] as number) + 1 })
    heard.socket.terminate()
  }
)

t.test('a client that is silent, or sends too much, is cut off', async (t) => {
  const { url } = await served(t, 50)
  const silent = (await openSocket(url, { ...withToken, autoPong: false })) as WebSocket
  const [code] = (await once(silent, 'close')) as [number]
  t.equal(code, 1006)
  const lively = await Heard.at(url, withToken)
  await once(lively.socket, 'ping')
  await once(lively.socket, 'ping')
  await once(lively.socket, 'ping')
  lively.socket.send('x'.repeat(5000))
  const [tooMuch] = (await once(lively.socket, 'close')) as [number]
  t.equal(tooMuch, 1009)
})

t.test('over TLS, too', async (t) => {
  const cwd = tempFolder(t, 'wss')
  execFileSync('openssl', 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test -keyout key.pem -out cert.pem'.split(' '), { cwd, stdio: 'ignore' }) // prettier-ignore
  const [cert, key] = ['cert.pem', 'key.pem'].map((name) => readFileSync(join(cwd, name))) as [Buffer, Buffer] // prettier-ignore
  const { port } = await served(t, undefined, { cert, key })
  const url = `wss://127.0.0.1:${port}/events`
  const trusting = { rejectUnauthorized: false }
  t.equal(await openSocket(url, trusting), 401)
  t.equal(await openSocket(url, { ...withToken, ...trusting, origin: `http://127.0.0.1:${port}` }), 403) // prettier-ignore
  t.equal(await openSocket(`${url}?wrong=1`, { ...withToken, ...trusting }), 200)
  const own = await Heard.at(url, { ...withToken, ...trusting, origin: `https://127.0.0.1:${port}` }) // prettier-ignore
  t.match(await own.next({}), { type: 'ready' })
  own.socket.close()
})

t.test('a browser that is signed out hears nothing more', async (t) => {
  const { url, port, cookie, signOut } = await served(t, 50)
  const browser = await Heard.at(url, { headers: { cookie }, origin: `http://127.0.0.1:${port}` })
  await once(browser.socket, 'ping')
  const closed = once(browser.socket, 'close')
  signOut()
  t.match(await closed, [1008])
})

t.test('the end of the server is told to all', async (t) => {
  const { url, close } = await served(t)
  const one = await Heard.at(url, withToken)
  const other = (await openSocket(url, withToken)) as WebSocket
  // It does not agree to the end.
  other.pause()
  const closed = once(one.socket, 'close')
  await close()
  t.match(await closed, [1000])
  other.terminate()
})
