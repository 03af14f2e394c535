/** What comes to the ports of an engine that should not, at every face that answers there: foreign hosts and pages, smuggling, paths that lead out, archives that are none. */
import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { Kit } from '../support/cli.js'
import { askHttp, type Asked, type HttpAnswer } from '../support/http.js'
import { tempFolder } from '../support/temp.js'

t.setTimeout(120_000)

const folder = tempFolder(t, 'faces')
const kit = new Kit(join(folder, 'home'), {
  env: { IPFS_KIT_SERVICE_LISTEN: '127.0.0.1:0', IPFS_KIT_GATEWAY_LISTEN: '127.0.0.1:0' }
})
t.teardown(() => kit.run(['daemon', 'stop']))
writeFileSync(join(folder, 'a.txt'), 'content')
const cid = await kit.add(join(folder, 'a.txt'))
await kit.ok('daemon', 'start')
const { ports } = await kit.json<{ ports: { name: string; url: string }[] }>('status')
const portOf = (name: string): number =>
  Number(new URL(ports.find((one) => one.name === name)!.url).port)
const [service, gateway] = [portOf('service'), portOf('gateway')]
const token = readFileSync(join(kit.home, 'run', 'token'), 'utf8').trim()
const authorization = `Bearer ${token}`

interface Face {
  readonly port: number
  readonly method: string
  readonly path: string
}

/** A request to each of them that is answered where it comes as it should. */
const FACES: Readonly<Record<string, Face>> = {
  'the API': { port: service, method: 'GET', path: '/api/v1/status' },
  "Kubo's RPC": { port: service, method: 'POST', path: '/api/v0/version' },
  assistants: { port: service, method: 'POST', path: '/mcp' },
  metrics: { port: service, method: 'GET', path: '/metrics' },
  tables: { port: service, method: 'GET', path: '/ipc/pin_index' },
  'content with the token': { port: service, method: 'GET', path: `/ipfs/${cid}` },
  'the gateway': { port: gateway, method: 'GET', path: `/ipfs/${cid}` }
}

const ask = ({ port, method, path }: Face, asked: Asked = {}): Promise<HttpAnswer> =>
  askHttp({ host: '127.0.0.1', port }, path, {
    method,
    ...asked,
    headers: { host: `127.0.0.1:${port}`, authorization, ...asked.headers }
  })

/** Sends bytes as they are. Returns all that is answered before the connection ends. */
async function send(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(bytes, 'latin1')
  return await text(socket)
}

const pins = async (): Promise<string> => await kit.ok('pin', 'ls', '-q')

for (const [name, face] of Object.entries(FACES)) {
  const { port, method, path } = face
  t.test(`threats 126: foreign DNS and pages of others at ${name}`, async (t) => {
    t.not((await ask(face)).status, 403, 'as it should be')
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      `localhost.evil.example:${port}`,
      `127.0.0.1:${port + 1}`
    ])
      // prettier-ignore
      t.equal((await ask(face, { headers: { host } })).status, 403, host)
    const absolute = await send(port, `${method} http://evil.example${path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`) // prettier-ignore
    t.match(absolute, /^HTTP\/1\.1 403/, 'the host in the URL')
    if (port === gateway) return
    for (const origin of ['https://evil.example', 'null', `http://localhost:${port + 1}`]) {
      const answer = await ask(face, { headers: { origin } })
      t.equal(answer.status, 403, origin)
      t.equal(answer.headers['access-control-allow-origin'], undefined, 'no leave to read it')
    }
    for (const site of ['cross-site', 'same-site'])
      t.equal((await ask(face, { headers: { 'sec-fetch-site': site } })).status, 403, site)
    for (const wrong of ['', `Bearer ${token}x`, `Basic ${token}`])
      t.equal((await ask(face, { headers: { authorization: wrong } })).status, 401, wrong)
    for (const key of ['token', 'access_token', 'authorization'])
      t.equal(
        (
          await ask(
            { ...face, path: `${path}?${key}=${token}` },
            { headers: { authorization: '' } }
          )
        ).status,
        401,
        `no token in a URL: ${key}`
      )
  })

  t.test(`threats 127: smuggling at ${name}`, async (t) => {
    const head = `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: ${authorization}\r\n`
    const next = `GET /smuggled HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`
    const chunked = 'Transfer-Encoding: chunked\r\n'
    const forms = {
      'a length and chunks': `${head}Content-Length: 4\r\n${chunked}\r\n0\r\n\r\n${next}`,
      'chunks and a length': `${head}${chunked}Content-Length: 4\r\n\r\n0\r\n\r\n${next}`,
      'two lengths': `${head}Content-Length: 0\r\nContent-Length: 44\r\n\r\n${next}`,
      'a list of lengths': `${head}Content-Length: 0, 44\r\n\r\n${next}`,
      'a signed length': `${head}Content-Length: +0\r\n\r\n${next}`,
      'a length that is none': `${head}Content-Length: 0x10\r\n\r\n${next}`,
      'chunks in another coding': `${head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${next}`,
      'chunks before another coding': `${head}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${next}`,
      'a space before the colon': `${head}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${next}`,
      'a folded header': `${head}X: a\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${next}`,
      'a bare line feed': `${head}X: a\n${chunked}\r\n0\r\n\r\n${next}`,
      'a bare carriage return': `${head}X: a\r${chunked}\r\n0\r\n\r\n${next}`,
      'a NUL': `${head}X: a\0b\r\n\r\n${next}`,
      'chunks that lie': `${head}${chunked}\r\nzz\r\n\r\n${next}`,
      'a chunk without its end': `${head}${chunked}\r\n1\r\nab0\r\n\r\n${next}`,
      'a size beyond numbers': `${head}${chunked}\r\nfffffffffffffffff\r\n\r\n${next}`,
      'an extension with a line feed': `${head}${chunked}\r\n0;a\nb\r\n\r\n${next}`,
      'two hosts': `${head}Host: evil.example\r\n\r\n`,
      'no host': `${method} ${path} HTTP/1.1\r\n\r\n`,
      'no version': `${method} ${path}\r\n\r\n`
    }
    for (const [what, bytes] of Object.entries(forms)) {
      const answer = await send(port, bytes)
      t.notMatch(answer, 'smuggled', `what follows is no request: ${what}`)
      // What comes after a part that is sound may find it answered.
      const told = answer.split(/(?=HTTP\/1\.1 \d)/)
      t.match(told.at(-1), /^HTTP\/1\.1 (400|403|413)/, what)
      t.equal(told.length, what === 'a chunk without its end' ? told.length : 1, what)
    }
  })
}

t.test('threats 128: a form of a page changes nothing, with the token or without', async (t) => {
  const before = await pins()
  const writes = ['/api/v1/upload', '/api/v1/pins', '/api/v1/gc', '/api/v0/add', `/api/v0/pin/rm?arg=${cid}`, '/mcp'] // prettier-ignore
  for (const path of writes)
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x'
    ]) {
      const face = { port: service, method: 'POST', path }
      const headers = { 'content-type': type, authorization: '', origin: 'https://evil.example' }
      t.equal((await ask(face, { headers, body: 'a=b' })).status, 403, `${path} ${type}`)
      const { status } = await ask(face, { headers: { 'content-type': type, authorization: '' }, body: 'a=b' }) // prettier-ignore
      t.equal(status, 401, `${path} ${type}`)
    }
  for (const path of ['/api/v1/upload', '/api/v1/gc', '/api/v0/add', `/api/v0/pin/rm?arg=${cid}`])
    t.equal((await ask({ port: service, method: 'GET', path })).status, 405, path)
  const form = { headers: { 'content-type': 'text/plain' }, body: '{"cid":"x"}' }
  t.equal((await ask({ port: service, method: 'POST', path: '/api/v1/pins' }, form)).status, 415)
  const options = await ask({ port: service, method: 'OPTIONS', path: '/api/v1/pins' }, { headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' } }) // prettier-ignore
  t.equal(options.headers['access-control-allow-origin'], undefined)
  for (const method of ['POST', 'PUT', 'DELETE'])
    t.equal((await ask({ port: gateway, method, path: `/ipfs/${cid}` })).status, 405, method)
  t.equal(await pins(), before)
})

t.test('threats 129: no path leads out of content', async (t) => {
  const escapes = ['../../../../etc/passwd', '..%2f..%2f..%2fetc%2fpasswd', '%2e%2e/%2e%2e/etc/passwd', '..\\..\\etc\\passwd', '%2e%2e%5c%2e%2e%5cetc%5cpasswd', 'a%00/../../../etc/passwd', '%252e%252e%252fetc/passwd', '....//....//etc/passwd', '%c0%ae%c0%ae/etc/passwd', '/etc/passwd'] // prettier-ignore
  for (const escape of escapes) {
    const raw = `GET /ipfs/${cid}/${escape} HTTP/1.1\r\nHost: 127.0.0.1:${gateway}\r\nConnection: close\r\n\r\n`
    const arg = encodeURIComponent(`/ipfs/${cid}/${decodable(escape)}`)
    const answers = {
      gateway: await send(gateway, raw),
      'gateway above /ipfs': await send(gateway, raw.replace(`/ipfs/${cid}/`, '/')),
      cat: await told({ port: service, method: 'POST', path: `/api/v0/cat?arg=${arg}` }),
      get: await told({ port: service, method: 'POST', path: `/api/v0/get?arg=${arg}` }),
      download: await told({ port: service, method: 'GET', path: `/api/v1/download?path=${arg}` })
    }
    for (const [what, answer] of Object.entries(answers)) {
      t.notMatch(answer, 'root:', `${what}: ${escape}`)
      t.match(answer, /^(HTTP\/1\.1 )?[45]\d\d/, `${what}: ${escape}`)
    }
  }
})

/** Returns a path as it is where it can be decoded. */
function decodable(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

async function told(face: Face): Promise<string> {
  const { status, body } = await ask(face)
  return `${status} ${body.toString()}`
}

t.test('threats 130: names and texts of answers are never headers or HTML', async (t) => {
  const page = join(folder, 'page.html')
  writeFileSync(page, '<script>alert(1)</script>')
  const html = await kit.add(page)
  const at = (path: string, port = gateway): Promise<HttpAnswer> =>
    ask({ port, method: 'GET', path })
  const name = encodeURIComponent('a"\r\nset-cookie: a=b\r\n\r\n<script>.txt')
  for (const query of [
    `?filename=${name}`,
    `?download=true&filename=${name}`,
    `?format=raw&filename=${name}`
  ]) {
    const { status, headers } = await at(`/ipfs/${cid}${query}`)
    t.equal(status, 200, query)
    t.equal(headers['set-cookie'], undefined)
    t.match(headers['content-disposition'], /^(inline|attachment); filename="[^"\r\n]*"/)
  }
  t.equal((await at(`/ipfs/${html}`, service)).headers['content-security-policy'], 'sandbox')
  const value = Buffer.from(JSON.stringify({ '<img src=x onerror=alert(1)>': '</pre><script>' }))
  const put = await ask(
    { port: service, method: 'POST', path: '/api/v0/dag/put?store-codec=dag-json&input-codec=dag-json' },
    { headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: Buffer.concat([Buffer.from('--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'), value, Buffer.from('\r\n--x--\r\n')]) }
  ) // prettier-ignore
  const link = (JSON.parse(put.body.toString()) as { Cid: { '/': string } }).Cid['/']
  const preview = await ask({ port: gateway, method: 'GET', path: `/ipfs/${link}` }, { headers: { accept: 'text/html' } }) // prettier-ignore
  t.match(preview.headers['content-security-policy'], /^default-src 'none'/)
  t.notMatch(preview.body.toString(), /<img|<script/)
  for (const path of [`/ipfs/${cid}/<script>`, '/<script>', '/ipfs/<script>', '/ipns/<script>']) {
    const answer = await at(encodeURI(path))
    t.match(answer.headers['content-type'], /^text\/plain/, path)
    t.equal(answer.headers['x-content-type-options'], 'nosniff', path)
  }
})

t.test('threats 131: archives that are none are refused, and leave nothing', async (t) => {
  const before = await pins()
  const sound = join(folder, 'sound.car')
  await kit.ok('car', 'export', cid, '-o', sound)
  const car = readFileSync(sound)
  const changed = Buffer.from(car)
  changed[changed.length - 1]! ^= 1
  const archives = {
    'empty': Buffer.alloc(0),
    'zeros': Buffer.alloc(4096),
    'a header of 2^63': Buffer.from('ffffffffffffffffff7f', 'hex'),
    'cut short': car.subarray(0, car.length - 3),
    'another block than its CID': changed,
    'a page': Buffer.from('<html>not found</html>'),
    'a section of a terabyte': Buffer.concat([car.subarray(0, 1 + car[0]!), Buffer.from('ffffffffff1f', 'hex')])
  } // prettier-ignore
  for (const [what, body] of Object.entries(archives)) {
    const rest = await ask({ port: service, method: 'POST', path: '/api/v1/cars' }, { body })
    t.ok(rest.status >= 400 && rest.status < 500, `${what}: ${rest.status} ${rest.body.toString()}`)
    const parts = Buffer.concat([Buffer.from('--x\r\nContent-Disposition: form-data; name="file"; filename="a.car"\r\n\r\n'), body, Buffer.from('\r\n--x--\r\n')]) // prettier-ignore
    const rpc = await ask(
      { port: service, method: 'POST', path: '/api/v0/dag/import' },
      { headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: parts }
    )
    t.ok(rpc.status >= 400 || /Error|error/.test(rpc.body.toString()), `${what}: ${rpc.status} ${rpc.body.toString()}`) // prettier-ignore
  }
  t.equal(await pins(), before)
  t.equal((await ask({ port: service, method: 'GET', path: '/api/v1/status' })).status, 200)
})
