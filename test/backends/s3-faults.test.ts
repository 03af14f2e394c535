/** What the S3 backend makes of servers that refuse, lie, or break off. The servers are fixtures. */
import { randomBytes } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { facetOf } from '../../backends/facets/facets.js'
import { readRange } from '../../backends/files/read-range.js'
import { S3Backend } from '../../backends/s3/backend.js'
import { s3Settings } from '../../backends/s3/options.js'
import { Secrets } from '../../backends/secrets.js'
import { setCallTime } from '../../backends/call-time.js'
import { partsOf } from '../../backends/s3/parts.js'
import { Redacted } from '../../backends/wrap/redacted.js'
import { wrap } from '../../backends/wrap/index.js'
import { lend, takeMemory } from '../../src/core/piece-memory.js'
import { Semaphore } from '../../src/core/semaphore.js'
import { httpServer } from '../servers/http.js'
import { rawCid } from '../support/stores.js'

const { signal } = new AbortController()
const MIB = 1 << 20
const CANARY = 'canary-of-a-secret'
const secrets = new Secrets({ secret: { value: CANARY, from: 'the test' } })

interface Asked {
  readonly method: string
  readonly key: string
  readonly query: URLSearchParams
  readonly range: string | undefined
}

interface Fixture {
  readonly backend: S3Backend
  readonly asked: Asked[]
}

/** A server that answers as `answer` does, and a backend of it. */
async function fixture(
  t: Test,
  answer: (asked: Asked, response: ServerResponse) => void,
  warn?: (text: string) => void,
  options: Readonly<Record<string, readonly string[]>> = {}
): Promise<Fixture> {
  const asked: Asked[] = []
  const listener: RequestListener = (request: IncomingMessage, response) => {
    const url = new URL(request.url ?? '', 'http://x')
    const key = decodeURIComponent(url.pathname.split('/').slice(2).join('/'))
    const one = { method: request.method ?? '', key, query: url.searchParams, range: request.headers.range } // prettier-ignore
    asked.push(one)
    request.resume()
    response.setHeader('etag', '"e"')
    request.once('end', () => answer(one, response))
  }
  const endpoint = await httpServer(t, listener)
  const texts = { bucket: ['bucket'], endpoint: [endpoint], 'access-key-id': ['ID'], ...options }
  const backend = new S3Backend('bucket', s3Settings(texts), secrets, { warn })
  t.teardown(() => backend.close())
  return { backend, asked }
}

const xmlError = (response: ServerResponse, status: number, code: string, headers = {}): void => {
  response.writeHead(status, { 'content-type': 'application/xml', ...headers })
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>no ${CANARY}</Message></Error>`) // prettier-ignore
}

const read = (backend: S3Backend, position = 0, length?: number): Promise<Uint8Array> =>
  readRange(
    facetOf(backend, 'fileReader'),
    'cars/a',
    { position, ...(length === undefined ? {} : { length }) },
    1 << 20,
    { signal }
  )

t.test('threats 90, fixture: a token that expired is told, and not tried again', async (t) => {
  const { backend, asked } = await fixture(t, (_, response) => xmlError(response, 400, 'ExpiredToken')) // prettier-ignore
  const wrapped = wrap(new Redacted(backend, secrets), 5000)
  const cid = rawCid(Buffer.from('x'))
  const refused = { code: 'CREDENTIALS', message: /session token has expired.*--session-token-file/ } // prettier-ignore
  await t.rejects(facetOf(wrapped, 'blockReader').getBlock(cid, { signal }), refused)
  t.equal(asked.length, 1)
  await t.rejects(facetOf(wrapped, 'blockWriter').putBlock(cid, Buffer.from('x'), { signal }), refused) // prettier-ignore
  t.equal(asked.length, 2)
})

t.test('threats 90, fixture: a clock that is wrong is told by how much', async (t) => {
  const { backend } = await fixture(
    t,
    (_, response) =>
    xmlError(response, 403, 'RequestTimeTooSkewed', { date: new Date(Date.now() + 3_000_000).toUTCString() }) // prettier-ignore
  )
  const refused = { code: 'CREDENTIALS', message: /clock of this machine is 50 min behind/ }
  await t.rejects(read(backend), refused)
  await t.rejects(read(backend), refused, 'it is not put right in silence')
})

t.test(
  'threats 90, fixture: a server that was asked too often is left alone as it says',
  async (t) => {
    const block = randomBytes(100)
    let refusals = 1
    const { backend, asked } = await fixture(t, (_, response) => {
      if (refusals-- > 0) xmlError(response, 503, 'SlowDown', { 'retry-after': '1' })
      else response.writeHead(200, { 'content-length': block.length }).end(block)
    })
    const started = performance.now()
    const got = await facetOf(wrap(backend, 500), 'blockReader').getBlock(rawCid(block), { signal })
    t.ok(block.equals(got))
    t.ok(performance.now() - started > 950, 'the wait counts in no deadline')
    t.equal(asked.length, 2)
  }
)

t.test('fixture: codes of servers become ours', async (t) => {
  for (const [status, name, code] of [
    [403, 'QuotaExceeded', 'QUOTA'],
    [507, 'Whatever', 'NO_SPACE'],
    [403, 'AccessDenied', 'ACCESS_DENIED'],
    [403, 'InvalidAccessKeyId', 'CREDENTIALS'],
    [400, 'InvalidToken', 'CREDENTIALS'],
    [429, 'TooManyRequests', 'RATE_LIMITED'],
    [503, 'SlowDown', 'RATE_LIMITED'],
    [500, 'InternalError', 'BACKEND_UNAVAILABLE'],
    [404, 'NoSuchBucket', 'BACKEND_UNAVAILABLE'],
    [404, 'NoSuchKey', 'PATH_NOT_FOUND'],
    [301, 'PermanentRedirect', 'BACKEND_UNAVAILABLE'],
    [501, 'NotImplemented', 'UNSUPPORTED']
  ] as const) {
    const { backend } = await fixture(t, (_, response) => xmlError(response, status, name))
    await t.rejects(read(backend), { code }, name)
  }
})

t.test('fixture: what is no answer of S3 says nothing of what is there', async (t) => {
  for (const status of [404, 200, 403, 502]) {
    const { backend } = await fixture(t, ({ method }, response) => {
      response.removeHeader('etag')
      response.writeHead(status, { 'content-type': 'text/html' })
      response.end(method === 'HEAD' ? undefined : '<html><body>Sign in to the network</body></html>') // prettier-ignore
    })
    const files = facetOf(backend, 'fileReader')
    const writer = facetOf(backend, 'fileWriter')
    const unsure = { code: /BACKEND_UNAVAILABLE|ACCESS_DENIED|INTEGRITY/ }
    await t.rejects(read(backend), unsure, `get ${status}`)
    await t.rejects(files.stat('cars/a', { signal }), unsure, `stat ${status}`)
    await t.rejects(
      writer.put('cars/a', () => [Buffer.from('x')], { signal }),
      unsure,
      `put ${status}`
    )
    await t.rejects(files.list('cars', '', { signal })[Symbol.asyncIterator]().next(), unsure, `list ${status}`) // prettier-ignore
  }
})

t.test(
  'threats 91, fixture: an object that is cut short, or another part of it, is noticed',
  async (t) => {
    const bytes = randomBytes(1000)
    const answers: [what: string, code: RegExp, answer: (response: ServerResponse) => void][] = [
      ['another range', /INTEGRITY/, (r) => r.writeHead(206, { 'content-range': 'bytes 0-99/1000' }).end(bytes.subarray(0, 100))], // prettier-ignore
      ['a shorter range', /INTEGRITY/, (r) => r.writeHead(206, { 'content-range': 'bytes 100-149/1000' }).end(bytes.subarray(100, 150))], // prettier-ignore
      ['no name of the range', /INTEGRITY/, (r) => r.writeHead(206).end(bytes.subarray(100, 200))],
      ['fewer bytes than it says', /INTEGRITY/, (r) => r.writeHead(206, { 'content-range': 'bytes 100-199/1000' }).end(bytes.subarray(100, 130))], // prettier-ignore
      [
        'a connection that breaks',
        /BACKEND_UNAVAILABLE/,
        (r) => {
          r.writeHead(206, { 'content-range': 'bytes 100-199/1000', 'content-length': 100 })
          r.write(bytes.subarray(100, 130), () => r.destroy())
        }
      ]
    ]
    for (const [what, code, answer] of answers) {
      const { backend } = await fixture(t, (_, response) => answer(response))
      await t.rejects(read(backend, 100, 100), { code }, what)
    }
  }
)

t.test('fixture: a server that knows no ranges gives the right bytes', async (t) => {
  const bytes = randomBytes(100_000)
  const { backend } = await fixture(t, (_, r) => r.writeHead(200, { 'content-length': bytes.length }).end(bytes)) // prettier-ignore
  t.ok(bytes.subarray(70_000, 70_100).equals(await read(backend, 70_000, 100)))
  t.ok(bytes.subarray(99_990).equals(await read(backend, 99_990, 100)))
  t.equal((await read(backend, 200_000, 100)).length, 0)
})

const page = (keys: readonly string[], next?: string): string =>
  `<?xml version="1.0"?><ListBucketResult><Name>bucket</Name><IsTruncated>${next !== undefined}</IsTruncated>${
    next === undefined ? '' : `<NextContinuationToken>${next}</NextContinuationToken>`
  }${keys.map((key) => `<Contents><Key>${key}</Key><Size>1</Size><ETag>"e"</ETag></Contents>`).join('')}</ListBucketResult>` // prettier-ignore

t.test('threats 92, fixture: a list that lies, or does not end', async (t) => {
  const warnings: string[] = []
  const keys = ['cars/good.car', 'cars/../../etc/x.car', 'other/y.car', '/cars/z.car', 'cars/below/w.car', 'cars/'] // prettier-ignore
  const liar = await fixture(t, (_, r) => r.end(page(keys)), (text) => warnings.push(text)) // prettier-ignore
  const names = async (backend: S3Backend): Promise<string[]> => {
    const found: string[] = []
    for await (const { name } of facetOf(backend, 'fileReader').list('cars', '', { signal }))
      found.push(name)
    return found
  }
  t.same(await names(liar.backend), ['cars/good.car'])
  t.equal(warnings.length, 4)
  const endless = await fixture(t, (_, r) => r.end(page(['cars/a.car'], 'again')))
  await t.rejects(names(endless.backend), { code: 'BACKEND_UNAVAILABLE', message: /in circles/ })
  t.equal(endless.asked.length, 2)
})

t.test('threats 93, fixture: what others have in a bucket is never listed', async (t) => {
  const { backend, asked } = await fixture(t, ({ method, query }, response) => {
    if (query.has('list-type')) return response.end(page([]))
    xmlError(response, method === 'GET' ? 404 : 200, 'NoSuchKey')
  })
  await backend.health({ signal })
  await t.rejects(facetOf(backend, 'blockReader').getBlock(rawCid(Buffer.from('x')), { signal }), { code: 'BLOCK_NOT_FOUND' }) // prettier-ignore
  const prefixes = asked.flatMap(({ query }) => query.get('prefix') ?? [])
  t.ok(prefixes.length > 0)
  t.same([...new Set(prefixes)], ['cars/'])
})

t.test(
  'threats 88, fixture: parts of uploads that were killed are removed a day later',
  async (t) => {
    const upload = (key: string, hours: number): string =>
    `<Upload><Key>${key}</Key><UploadId>id-${key}</UploadId><Initiated>${new Date(Date.now() - hours * 3_600_000).toISOString()}</Initiated></Upload>` // prettier-ignore
    const { backend, asked } = await fixture(t, ({ method, query }, r) => {
      if (method === 'GET') return r.end(`<?xml version="1.0"?><ListMultipartUploadsResult>${upload('cars/old', 25)}${upload('cars/new', 2)}${upload('photos/old', 99)}</ListMultipartUploadsResult>`) // prettier-ignore
      if (method === 'POST' && query.has('uploads')) return r.end('<?xml version="1.0"?><InitiateMultipartUploadResult><UploadId>mine</UploadId></InitiateMultipartUploadResult>') // prettier-ignore
      if (method === 'POST')
        return r.end(
          '<?xml version="1.0"?><CompleteMultipartUploadResult><ETag>"e"</ETag></CompleteMultipartUploadResult>'
        )
      r.writeHead(method === 'DELETE' ? 204 : 200, { etag: '"e"' }).end()
    })
    const writer = facetOf(backend, 'fileWriter')
    for (let i = 0; i < 2; i++) await writer.put('cars/x', () => [randomBytes(9 << 20)], { signal })
    const removed = asked.filter(({ method }) => method === 'DELETE')
    t.same(removed.map(({ key, query }) => [key, query.get('uploadId')]), [['cars/old', 'id-cars/old']]) // prettier-ignore
  }
)

t.test(
  'threats 82, fixture: no error holds the secret, though the server repeats it',
  async (t) => {
    const { backend } = await fixture(t, (_, response) => xmlError(response, 400, 'Odd'))
    const wrapped = wrap(new Redacted(backend, secrets), 5000)
    const error = await facetOf(wrapped, 'fileReader').stat('a', { signal }).catch((error: unknown) => error) // prettier-ignore
    t.match(error, { message: /answers 400 Odd: no \*\*\*/ })
    const { inspect } = await import('node:util')
    for (const value of [error, wrapped, backend])
      t.notMatch(inspect(value, { depth: 20, showHidden: true }), new RegExp(CANARY))
  }
)

t.test('fixture: endpoints in several regions are each asked for their own', async (t) => {
  const scopes: string[] = []
  const server = (status: number): Promise<string> =>
    httpServer(t, (request, response) => {
      scopes.push(
        /Credential=ID\/\d+\/([^/]+)/.exec(request.headers.authorization ?? '')?.[1] ?? ''
      )
      if (status === 503) xmlError(response, 503, 'ServiceUnavailable')
      else response.writeHead(200, { 'content-length': 7, etag: '"e"' }).end('content')
    })
  const endpoint = [await server(503), await server(200)]
  const texts = { bucket: ['b-1'], 'access-key-id': ['ID'], endpoint, region: ['eu-1', 'us-2'] }
  const backend = new S3Backend('bucket', s3Settings(texts), secrets, {})
  t.teardown(() => backend.close())
  t.equal(Buffer.from(await read(backend)).toString(), 'content')
  t.same(scopes, ['eu-1', 'us-2'])
})

t.test('options that are wrong are refused', async (t) => {
  const good = { bucket: ['b-1'], 'access-key-id': ['ID'] }
  t.match(s3Settings({ ...good, region: ['eu-central-1'] }), { endpoints: [new URL('https://s3.eu-central-1.amazonaws.com')], isPathStyle: false, keepsChecksum: true, prefix: '' }) // prettier-ignore
  t.match(s3Settings({ ...good, endpoint: ['http://a', 'http://b'], prefix: ['x/y/'] }), { isPathStyle: true, keepsChecksum: false, prefix: 'x/y/' }) // prettier-ignore
  const two = { ...good, endpoint: ['http://a', 'http://b'] }
  t.match(s3Settings({ ...two, region: ['eu-1'] }), { regions: ['eu-1'] })
  t.match(s3Settings({ ...two, region: ['eu-1', 'us-1'] }), { regions: ['eu-1', 'us-1'] })
  for (const [texts, message] of [
    [{ ...good, region: ['eu-1', 'us-1'] }, /2 of 1/],
    [{ ...two, region: ['a', 'b', 'c'] }, /3 of 2/],
    [{ ...good, bucket: ['../x'] }, /--bucket/],
    [{ ...good, region: ['a.b/'] }, /--region/],
    [{ ...good, prefix: ['../x'] }, /--prefix/],
    [{ ...good, endpoint: ['http://me:pw@x'] }, /must not hold a name/],
    [{ ...good, anonymous: ['yes'] }, /one of --anonymous/]
  ] as const)
    t.throws(() => s3Settings(texts), { code: 'USAGE', message })
})

t.test('fixture: a server that knows no conditions has its objects put all the same', async (t) => {
  for (const [status, name] of [
    [501, 'NotImplemented'],
    [400, 'InvalidArgument'],
    [400, 'InvalidRequest']
  ] as const) {
    // prettier-ignore
    let refusals = 1
    const { backend, asked } = await fixture(t, (_, response) => {
      if (refusals-- > 0) xmlError(response, status, name)
      else response.end()
    })
    await facetOf(backend, 'fileWriter').put('mark', () => [Buffer.from('x')], { signal, ifAbsent: true }) // prettier-ignore
    t.same(
      asked.map(({ method }) => method),
      ['PUT', 'PUT'],
      name
    )
  }
})

/** Answers an upload in parts; `complete` answers what puts them together. */
const partsServer =
  (complete: (response: ServerResponse) => void, onPart: () => void) =>
  ({ method, query }: Asked, response: ServerResponse): void => {
    if (method === 'GET') return xmlError(response, 404, 'NoSuchKey')
    if (method === 'PUT') {
      response.end()
      return onPart()
    }
    response.setHeader('content-type', 'application/xml')
    if (query.has('uploads'))
      response.end('<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>') // prettier-ignore
    else complete(response)
  }

const COMPLETED = '<CompleteMultipartUploadResult><ETag>"e"</ETag></CompleteMultipartUploadResult>'

t.test('fixture: a server may take its time to put the parts together', async (t) => {
  const complete = (response: ServerResponse): void => void setTimeout(() => response.end(COMPLETED), 1500) // prettier-ignore
  const { backend } = await fixture(
    t,
    partsServer(complete, () => undefined)
  )
  const wrapped = wrap(backend, 500)
  await facetOf(wrapped, 'fileWriter').put('cars/a', () => [Buffer.alloc(9 << 20)], { signal })
})

t.test('fixture: the memory of a part is given back once', async (t) => {
  const sent = new EventEmitter()
  const onPart = (): void => void sent.emit('part')
  const { backend } = await fixture(
    t,
    partsServer((response) => response.end(COMPLETED), onPart)
  )
  // Of two parts of one memory the first one is sent, and the second one is not.
  const memory = Buffer.allocUnsafeSlow(16 << 20)
  lend(memory, memory.length)
  let isTaken = false
  const content = async function* (): AsyncIterable<Uint8Array> {
    yield memory.subarray(0, 8 << 20)
    const first = once(sent, 'part')
    yield Buffer.alloc(8 << 20)
    await first
    for (let i = 0; i < 50; i++) {
      isTaken ||= takeMemory(memory.length).buffer === memory.buffer
      await setImmediate()
    }
    yield memory.subarray(8 << 20)
  }
  await facetOf(backend, 'fileWriter').put('cars/a', content, { signal })
  t.notOk(isTaken)
})

t.test('parts have a fitting size, and a wait for room is no time of the call', async (t) => {
  const room = new Semaphore(96 << 20)
  const bytes = Buffer.alloc(MIB)
  const content = function* (): Iterable<Uint8Array> {
    for (let i = 0; i < 50; i++) yield bytes
  }
  for (const [size, lengths] of [
    [undefined, [8, 8, 8, 8, 8, 8, 2]],
    [50 * MIB, [8, 8, 8, 8, 8, 8, 2]],
    [200_000 * MIB, [23, 23, 4]]
  ] as const) {
    const found: number[] = []
    for await (const part of partsOf(content, room, signal, size)) {
      found.push(part.length / MIB)
      t.ok(room.used >= part.length, 'in bytes')
      part.release()
    }
    t.same(found, lengths)
  }
  const call = new AbortController()
  const told: string[] = []
  const tell = (word: string) => (): void => void told.push(word)
  setCallTime(call.signal, { again: tell('again'), extend: tell('extend'), pause: tell('pause'), resume: tell('resume') }) // prettier-ignore
  let give = (): void => undefined
  const others = new Promise<void>((resolve) => (give = resolve))
  const held = room.run(96 << 20, () => others)
  const next = partsOf(content, room, call.signal).next()
  t.same(told, ['pause'])
  give()
  await held
  const { value } = await next
  t.same(told, ['pause', 'resume'])
  value?.release()
})
