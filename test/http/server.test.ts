/** Clients that connect to `/metrics` and do not let go. */
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { makeLog } from '../../src/core/log.js'
import { admitPrograms, admitReaders, admitWithToken, ownHost } from '../../src/http/admission.js'
import type { HttpCall, HttpRoute } from '../../src/http/http-call.js'
import { closeServer, httpServer, listenAt, type ServerChoice } from '../../src/http/server.js'
import { newToken } from '../../src/service/local-token.js'
import { portHolder } from '../../src/service/port-holder.js'
import { runProgram } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

const BODY = 'x'.repeat(8 << 20)

/** Limits like those of /metrics. */
const LIMITS = { connections: 16, idle: 5000, headers: 5000, request: 5000 }

const says = (path: string, body: string): HttpRoute => ({
  methods: ['GET'],
  path,
  answer: async ({ response }) => void (await Promise.resolve(response.end(body)))
})

/** Listens, until the test ends. @returns the port. */
async function listening(
  t: Test,
  choice: Omit<ServerChoice, 'log' | 'limits'> & Partial<Pick<ServerChoice, 'limits'>>
): Promise<number> {
  const log = makeLog({ level: 'error', format: 'text', write: () => undefined })
  const server = httpServer({ limits: LIMITS, log, ...choice })
  await listenAt(server, { host: '127.0.0.1', port: 0 }, log)
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

const served = (t: Test): Promise<number> =>
  listening(t, {
    routes: () => Promise.resolve([says('/metrics', 'up 1\n'), says('/large', BODY)]),
    admit: admitPrograms
  })

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

t.test('threats 57: who is slow with a head is told so', async (t) => {
  const port = await listening(t, {
    routes: () => Promise.resolve([]),
    limits: { ...LIMITS, idle: 60_000, headers: 500 }
  })
  for (const begun of ['GET /met', 'GET /metrics HTTP/1.1\r\nHost: loc']) {
    const socket = connect(port, '127.0.0.1')
    socket.write(begun)
    t.match(await text(socket), /^HTTP\/1\.1 408/, begun)
  }
})

t.test(
  'threats 109: what a token guards is given to those who bring it, and to no web page',
  async (t) => {
    const folder = tempFolder(t)
    const token = newToken(folder)
    const file = join(folder, 'run', 'token')
    t.equal(statSync(file).mode & 0o777, 0o600)
    t.equal(readFileSync(file, 'utf8').trim(), token)
    const port = await listening(t, {
      routes: () => Promise.resolve([says('/ipc/', 'rows')]),
      admit: admitWithToken(ownHost({ host: '127.0.0.1', port: 0 }), () => token)
    })
    const status = async (
      headers: OutgoingHttpHeaders,
      method = 'GET',
      path = '/ipc/pin_index'
    ) => {
      const asked = request({ port, host: '127.0.0.1', path, agent: false, method, headers }).end()
      const [answer] = (await once(asked, 'response')) as [IncomingMessage]
      answer.resume()
      return answer.statusCode
    }
    const authorization = `Bearer ${token}`
    t.equal(await status({ authorization }), 200)
    t.equal(await status({ authorization }, 'POST'), 405)
    t.equal(await status({}), 401)
    t.equal(await status({}, 'GET', `/ipc/pin_index?token=${token}`), 401, 'no token in a URL')
    for (const wrong of [
      'Bearer',
      `Bearer ${token}x`,
      `Bearer ${token.slice(1)}`,
      `Basic ${token}`
    ])
      t.equal(await status({ authorization: wrong }), 401, wrong)

    t.test(
      'threats 109: a page of another server, and a name that foreign DNS points here',
      async (t) => {
        const pages = [
          'https://example.org',
          'null',
          `http://localhost:${port + 1}`,
          `https://127.0.0.1:${port}`
        ]
        for (const origin of pages) t.equal(await status({ authorization, origin }), 403, origin)
        t.equal(await status({ authorization, origin: `http://127.0.0.1:${port}` }), 200)
        for (const site of ['cross-site', 'same-site'])
          t.equal(await status({ authorization, 'sec-fetch-site': site }), 403, site)
        for (const site of ['same-origin', 'none'])
          t.equal(await status({ authorization, 'sec-fetch-site': site }), 200, site)
        const hosts = ['example.org', `example.org:${port}`, `localhost.example.org:${port}`, '127.0.0.1', `127.0.0.1:${port + 1}`, `127.0.0.1:${port}@example.org`] // prettier-ignore
        for (const host of hosts) t.equal(await status({ authorization, host }), 403, host)
        for (const host of [`localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`])
          t.equal(await status({ authorization, host }), 200, host)
      }
    )

    t.test('forms of smuggling are refused, and the connection is closed', async (t) => {
      const head = `GET /ipc/a HTTP/1.1\r\nAuthorization: ${authorization}\r\n`
      const host = `Host: localhost:${port}\r\n`
      const forms = {
        'two hosts': `${head}${host}Host: example.org\r\n\r\n`,
        'no host': `${head}\r\n`,
        'two lengths': `${head}${host}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx`,
        'a length and chunks': `${head}${host}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
        'a space before the colon': `${head}${host}Content-Length : 1\r\n\r\nx`,
        'a folded header': `${head}${host}X: a\r\n b\r\n\r\n`,
        'chunks that lie': `${head}${host}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
        'a bare line feed': `${head}${host}X: a\nY: b\r\n\r\n`
      }
      for (const [what, bytes] of Object.entries(forms)) {
        const socket = connect(port, '127.0.0.1')
        socket.write(bytes)
        const answer = await text(socket)
        t.match(answer, /^HTTP\/1\.1 (400|403)/, what)
        t.equal(answer.split('HTTP/1.1').length, 2, 'one answer alone')
      }
    })
  }
)

t.test('a port that is taken is told with whom it is', async (t) => {
  const port = await listening(t, { routes: () => Promise.resolve([]) })
  t.match(portHolder(port), new RegExp(`process ${process.pid}\\)$`))
  const free = await listening(t, { routes: () => Promise.resolve([]) })
  t.not(free, port)
})

t.test('a server that closes ends what is under way first', async (t) => {
  const log = makeLog({ level: 'error', format: 'text', write: () => undefined })
  let begin: (call: HttpCall) => void = () => undefined
  const begun = new Promise<HttpCall>((resolve) => (begin = resolve))
  const route: HttpRoute = {
    methods: ['GET'],
    path: '/slow',
    answer: async (call) => await Promise.resolve(begin(call))
  }
  const server = httpServer({ limits: LIMITS, log, routes: () => Promise.resolve([route]) })
  await listenAt(server, { host: '127.0.0.1', port: 0 }, log)
  const { port } = server.address() as AddressInfo
  const asked = request({ port, host: '127.0.0.1', path: '/slow', agent: false }).end()
  const call = await begun
  const closed = closeServer(server, 10_000)
  call.response.end('whole')
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  t.equal(await text(answer), 'whole')
  await closed
})

t.test('a tunnel leads to the server itself, and nowhere else', async (t) => {
  const port = await listening(t, {
    routes: () => Promise.resolve([says('/a', 'through')]),
    admit: admitReaders((one) => one.headers.host === `a.localhost:${port}`),
    hasTunnels: true
  })
  const open = async (host: string): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1')
    socket.write(`CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    await once(socket, 'readable')
    return socket
  }
  t.match(await text(await open('example.org:80')), /^HTTP\/1\.1 403/)
  const inside = await open(`a.localhost:${port}`)
  inside.write(`GET /a HTTP/1.1\r\nHost: a.localhost:${port}\r\nConnection: close\r\n\r\n`)
  t.match(await text(inside), /^HTTP\/1\.1 200 Connection established\r\n\r\nHTTP\/1\.1 200 OK[^]*through$/) // prettier-ignore
  const foreign = await open(`a.localhost:${port}`)
  foreign.write('GET /a HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n')
  t.match(await text(foreign), /established\r\n\r\nHTTP\/1\.1 403/)
})

t.test('a refused tunnel whose client resets it ends nothing, and the server closes', async (t) => {
  const log = makeLog({ level: 'error', format: 'text', write: () => undefined })
  const server = httpServer({
    limits: LIMITS,
    log,
    routes: () => Promise.resolve([says('/a', 'answer')]),
    admit: admitReaders((one) => one.headers.host !== 'evil'),
    hasTunnels: true
  })
  await listenAt(server, { host: '127.0.0.1', port: 0 }, log)
  const { port } = server.address() as AddressInfo
  for (let i = 0; i < 5; i++) {
    const socket = connect(port, '127.0.0.1')
    socket.write('CONNECT x:1 HTTP/1.1\r\nHost: evil\r\n\r\n')
    await once(socket, 'readable')
    socket.resetAndDestroy()
    await once(socket, 'close')
  }
  const asked = request({ port, host: '127.0.0.1', path: '/a', agent: false }).end()
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  t.equal(await text(answer), 'answer')
  await closeServer(server, 10_000)
})

t.test('requests of one connection are answered one after the other', async (t) => {
  let running = 0
  let most = 0
  let count = 0
  const slow: HttpRoute = {
    methods: ['GET'],
    path: '/slow',
    answer: async ({ response }) => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setImmediate(resolve))
      running--
      response.end(String(++count))
    }
  }
  const port = await listening(t, { routes: () => Promise.resolve([slow]) })
  const socket = connect(port, '127.0.0.1')
  const one = 'GET /slow HTTP/1.1\r\nHost: a\r\n'
  socket.write(`${one}\r\n`.repeat(9) + `${one}Connection: close\r\n\r\n`)
  const answers = await text(socket)
  t.equal(answers.split('HTTP/1.1 200').length - 1, 10)
  t.match(answers, /\r\n10$/)
  t.equal(most, 1)
  const flood = connect(port, '127.0.0.1').on('error', () => undefined)
  flood.write(`${one}\r\n`.repeat(1000))
  flood.resume()
  await once(flood, 'close')
  t.pass('too many at a time end the connection')
})

t.test('a body that is cut off never passes for whole, for HTTP/1.0 either', async (t) => {
  const cut: HttpRoute = {
    methods: ['GET'],
    path: '/cut',
    answer: async ({ response }) => {
      response.writeHead(200)
      await new Promise((resolve) => response.write('a part', resolve))
      throw new Error('the rest is gone')
    }
  }
  const port = await listening(t, { routes: () => Promise.resolve([cut]) })
  // Node's own sockets take the end of a connection for that of its bytes, however it ends.
  for (const version of ['--http1.0', '--http1.1']) {
    const { code, stdout } = await runProgram('curl', ['-s', version, `http://127.0.0.1:${port}/cut`]) // prettier-ignore
    t.equal(stdout.toString(), 'a part')
    t.not(code, 0, version)
  }
})
