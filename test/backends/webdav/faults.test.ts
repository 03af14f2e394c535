import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { FileReader, FileWriter } from '../../../backends/facets/named-files.js'
import { readRange } from '../../../backends/files/read-range.js'
import { Secrets } from '../../../backends/secrets.js'
import { WebdavBackend } from '../../../backends/webdav/backend.js'
import type { WebdavOptions } from '../../../backends/webdav/options.js'
import { wrap } from '../../../backends/wrap/index.js'
import { httpServer } from '../../servers/http.js'
import { nginxDav, rcloneDav, skipWithoutNginx, skipWithoutRclone } from '../../servers/webdav.js'
import { tempFolder } from '../../support/temp.js'

const signal = AbortSignal.timeout(600_000)
const old = Buffer.from('the older content')
const MANY = 100_000

interface Dav {
  readonly files: FileReader & FileWriter
  readonly warnings: string[]
}

function dav(
  t: Pick<Test, 'teardown'>,
  url: string,
  options: Partial<WebdavOptions> = {},
  secret?: string
): Dav {
  const warnings: string[] = []
  const secrets = new Secrets(secret === undefined ? {} : { secret: { value: secret, from: 'test' } }) // prettier-ignore
  const backend = new WebdavBackend(
    'dav',
    { url: new URL(url), user: undefined, ca: undefined, ...options },
    secrets,
    { warn: (text) => warnings.push(text) }
  )
  t.teardown(() => backend.close())
  const { fileReader, fileWriter } = backend.facets
  const files = { ...fileReader!, ...fileWriter! }
  return { files, warnings }
}

const wholeOf = async (files: FileReader, name: string): Promise<string> =>
  Buffer.from(await readRange(files, name, { position: 0 }, 10_000_000, { signal })).toString()

async function namesIn(files: FileReader, folder: string): Promise<string[]> {
  const names: string[] = []
  for await (const { name } of files.list(folder, '', { signal })) names.push(name)
  return names.sort()
}

for (const [which, skip, start] of [
  ['nginx', skipWithoutNginx, nginxDav],
  ['rclone', skipWithoutRclone, rcloneDav]
] as const)
  t.test(`threats 42: ${which} is killed in the middle of an upload`, skip, async (t) => {
    const folder = tempFolder(t, which)
    const server = await start(t, folder)
    if (which === 'rclone') mkdirSync(join(folder, 'dav'))
    const { files } = dav(t, `${server.url}/dav`)
    await files.put('a/file', () => [old], { signal })
    const cut = async function* (): AsyncIterable<Uint8Array> {
      yield randomBytes(2_000_000)
      await server.kill()
      yield randomBytes(2_000_000)
    }
    await t.rejects(files.put('a/file', cut, { signal }), { code: 'BACKEND_UNAVAILABLE' })
    await t.rejects(files.stat('a/file', { signal }), { code: 'BACKEND_UNAVAILABLE' })
    await server.run()
    t.equal(await wholeOf(files, 'a/file'), String(old))
    t.same(await namesIn(files, 'a'), ['a/file'])
  })

t.test('threats 43: the disk of a server is full', skipWithoutNginx, async (t) => {
  if (process.getuid?.() !== 0) return t.comment('a file system of its own needs root')
  const folder = tempFolder(t, 'nginx')
  mkdirSync(join(folder, 'files'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', join(folder, 'files')])
  t.teardown(() => void execFileSync('umount', ['-l', join(folder, 'files')]))
  const server = await nginxDav(t, folder)
  const { files } = dav(t, `${server.url}/dav`)
  await files.put('file', () => [old], { signal })
  await t.rejects(files.put('file', () => [randomBytes(3_000_000)], { signal }), { name: 'KitError' }) // prettier-ignore
  t.equal(await wholeOf(files, 'file'), String(old))
  t.same(await namesIn(files, ''), ['file'])
})

t.test('a folder that is away says nothing about what it holds', skipWithoutNginx, async (t) => {
  const server = await nginxDav(t, tempFolder(t, 'nginx'))
  const { files } = dav(t, `${server.url}/elsewhere`)
  for (const call of [
    () => files.stat('x', { signal }).then(() => undefined),
    () => wholeOf(files, 'x').then(() => undefined),
    () => namesIn(files, '').then(() => undefined),
    () => files.put('x', () => [old], { signal })
  ])
    await t.rejects(call, { code: 'BACKEND_UNAVAILABLE', message: /there is no folder/ })
})

t.test('a folder is not removed in the place of a file', skipWithoutRclone, async (t) => {
  const folder = tempFolder(t, 'rclone')
  const server = await rcloneDav(t, folder)
  const { files } = dav(t, server.url)
  await files.put('a/b/c', () => [old], { signal })
  await files.remove('a/b', { signal })
  t.same(readFileSync(join(folder, 'a/b/c')), old)
})

t.test('TLS by an authority of one’s own, and a password', skipWithoutNginx, async (t) => {
  const folder = tempFolder(t, 'nginx')
  // The hash of the word "right", as `openssl passwd -apr1` makes it.
  const hash = execFileSync('openssl', ['passwd', '-apr1', 'right'], { encoding: 'utf8' })
  writeFileSync(join(folder, 'users'), `me:${hash}`)
  const lines = `auth_basic here; auth_basic_user_file ${folder}/users;`
  const server = await nginxDav(t, folder, { tls: true, lines })
  const url = `https://127.0.0.1:${server.port}/dav`
  const ca = readFileSync(join(folder, 'cert.pem'))
  const { files, warnings } = dav(t, url, { ca, user: 'me' }, 'right')
  await files.put('file', () => [old], { signal })
  t.equal(await wholeOf(files, 'file'), String(old))
  t.same(warnings, [])
  const wrong = dav(t, url, { ca, user: 'me' }, 'a wrong password')
  await t.rejects(wrong.files.stat('file', { signal }), { code: 'CREDENTIALS' })
  await t.rejects(
    wrong.files.put('file', () => [old], { signal }),
    { code: 'CREDENTIALS' }
  )
  await t.rejects(dav(t, url, { user: 'me' }, 'right').files.stat('file', { signal }), { code: 'BACKEND_UNAVAILABLE', message: /CERT|certificate/i }) // prettier-ignore
})

t.test('a password over plain http is warned of', async (t) => {
  t.match(dav(t, 'http://192.0.2.1/dav', { user: 'me' }, 'xyz1').warnings, [/without TLS/])
})

/** A server that answers as told, where nothing but its lies counts. */
const liar = async (t: Test, listener: RequestListener): Promise<Dav> =>
  dav(t, await httpServer(t, listener), {}, 'a token')

const multistatus = (responses: string): string =>
  `<?xml version="1.0"?><multistatus xmlns="DAV:">${responses}</multistatus>`

const response = (href: string, properties = '<getcontentlength>5</getcontentlength>'): string =>
  `<response><href>${href}</href><propstat><prop>${properties}</prop><status>HTTP/1.1 200 OK</status></propstat></response>`

t.test('threats 98: bytes of another range, too few, or without end', async (t) => {
  const answers: Record<string, RequestListener> = {
    '/other': (_, answer) => void answer.writeHead(206, { 'content-range': 'bytes 7-11/100' }).end('12345'), // prettier-ignore
    '/none': (_, answer) => void answer.writeHead(206).end('12345'),
    '/fewer': (_, answer) => void answer.writeHead(206, { 'content-range': 'bytes 5-6/100' }).end('12'), // prettier-ignore
    '/short': (_, answer) => void answer.writeHead(206, { 'content-range': 'bytes 5-9/100' }).end('12'), // prettier-ignore
    '/cut': (_, answer) => {
      answer.writeHead(206, { 'content-range': 'bytes 5-9/100', 'content-length': 5 }).write('12')
      setTimeout(() => answer.destroy(), 20)
    },
    '/whole': (_, answer) => void answer.writeHead(200).end('0123456789abc'),
    '/endless': (_, answer) => {
      answer.writeHead(200)
      const write = (): void => {
        while (!answer.destroyed && answer.write(Buffer.alloc(65_536, 'x')));
      }
      answer.on('drain', write)
      write()
    }
  }
  const { files } = await liar(t, (request, answer) => answers[request.url!]!(request, answer))
  const part = (name: string): Promise<Uint8Array> =>
    readRange(files, name, { position: 5, length: 5 }, 10, { signal })
  for (const name of ['other', 'none', 'fewer', 'short', 'cut'])
    await t.rejects(part(name), { code: 'BACKEND_UNAVAILABLE' }, name)
  t.equal(Buffer.from(await part('whole')).toString(), '56789', 'a range that was ignored')
  t.equal(Buffer.from(await part('endless')).toString(), 'xxxxx')
  await t.rejects(wholeOf(files, 'endless'), { code: 'TOO_LARGE' })
})

t.test('threats 98: lists that lead elsewhere, or are not to end', async (t) => {
  const lists: Record<string, string> = {
    '/hostile/': multistatus(
      [
        '/hostile/',
        '/hostile/sound',
        '/hostile/../etc/passwd',
        '/hostile/a%2fb',
        '/hostile/%0d%0aDELETE',
        'http://169.254.169.254/hostile/x',
        'javascript:alert(1)'
      ]
        .map((href) => response(href))
        .join('') + response('/hostile/huge', '<getcontentlength>1e99</getcontentlength>')
    ),
    '/bomb/': `<?xml version="1.0"?><!DOCTYPE m [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>${multistatus(response('/bomb/&b;'))}`,
    '/page/': '<!DOCTYPE html><html></html>',
    '/cut/': multistatus(response('/cut/x')).slice(0, -20),
    '/many/': multistatus(Array.from({ length: MANY }, (_, i) => response(`/many/file-${i}`)).join('')) // prettier-ignore
  }
  const { files, warnings } = await liar(t, (request, answer) => {
    request.resume()
    answer.writeHead(207, { 'content-type': 'application/xml' }).end(lists[request.url!])
  })
  t.same(await namesIn(files, 'hostile'), ['hostile/sound'])
  t.equal(warnings.filter((text) => /is not in the folder|on another host/.test(text)).length, 4)
  t.match(warnings.join('\n'), /huge has no size/)
  for (const folder of ['bomb', 'page', 'cut'])
    await t.rejects(namesIn(files, folder), { code: 'BACKEND_UNAVAILABLE', message: /list of files/ }) // prettier-ignore
  t.equal((await namesIn(files, 'many')).length, MANY)
})

t.test('threats 39: another host is never told the token', async (t) => {
  const told: (string | undefined)[] = []
  const other = await httpServer(t, (request, answer) => {
    told.push(request.headers.authorization)
    answer.end('stolen')
  })
  const own: (string | undefined)[] = []
  const { files } = await liar(t, (request, answer) => {
    own.push(request.headers.authorization)
    answer.writeHead(302, { location: `${other}/x` }).end()
  })
  await t.rejects(wholeOf(files, 'x'), { code: 'ACCESS_DENIED' })
  await t.rejects(
    files.put('x', () => [old], { signal }),
    { code: 'ACCESS_DENIED' }
  )
  t.same(told, [])
  t.same([...new Set(own)], ['Bearer a token'])
})

t.test('refusals have their codes, before the content is sent', async (t) => {
  const codes = { 401: 'CREDENTIALS', 403: 'ACCESS_DENIED', 405: 'UNSUPPORTED', 411: 'UNSUPPORTED', 413: 'TOO_LARGE', 423: 'LOCKED', 500: 'BACKEND_UNAVAILABLE', 507: 'NO_SPACE' } // prettier-ignore
  for (const [status, code] of Object.entries(codes)) {
    let begun = false
    const url = await refusing(t, Number(status))
    const { files } = dav(t, url)
    const content = (): Uint8Array[] => {
      begun = true
      return [old]
    }
    await t.rejects(files.put('file', content, { signal }), { code }, status)
    t.notOk(begun, `${status} comes before the content`)
  }
})

t.test('a server that wants to be left alone is', async (t) => {
  let asked = 0
  const { files } = await liar(t, (_, answer) => {
    asked++
    answer.writeHead(429, { 'retry-after': '3600' }).end()
  })
  for (let i = 0; i < 3; i++) await t.rejects(files.stat('x', { signal }), { code: 'RATE_LIMITED' })
  t.equal(asked, 1)
})

/** A server that has folders, and refuses what is put. */
async function refusing(t: Test, status: number): Promise<string> {
  const { createServer } = await import('node:http')
  const server = createServer()
  server.on('checkContinue', (_, answer) => void answer.writeHead(status).end())
  server.on('request', (request, answer) => {
    request.resume()
    answer.writeHead(request.method === 'MKCOL' ? 405 : 404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return typeof address === 'object' ? `http://127.0.0.1:${address!.port}` : ''
}

interface Stored {
  readonly files: Map<string, Buffer>
  readonly asked: string[]
}

/** Answers for files in memory. @param isCut whether it keeps the half of what is put. */
const inMemory =
  ({ files, asked }: Stored, { isCut = false, moves = true, slowMs = 0 }): RequestListener =>
  (request, response) => {
    const { method = '', url = '' } = request
    const answer = (status: number, body = '', ms = 0): void =>
      void setTimeout(() => response.writeHead(status).end(body), ms)
    asked.push(method)
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      if (method === 'PUT') {
        const bytes = Buffer.concat(pieces)
        files.set(url, isCut ? bytes.subarray(0, bytes.length / 2) : bytes)
        answer(201, '', slowMs)
      } else if (method === 'MOVE' && moves) {
        files.set(new URL(String(request.headers['destination'])).pathname, files.get(url)!)
        files.delete(url)
        answer(201, '', slowMs)
      } else if (method === 'PROPFIND') {
        const found = files.get(url)
        const kind = found === undefined ? '<d:resourcetype><d:collection/></d:resourcetype>' : `<d:resourcetype/><d:getcontentlength>${found.length}</d:getcontentlength>` // prettier-ignore
        if (found === undefined && !url.endsWith('/')) answer(404)
      else answer(207, `<?xml version="1.0"?><d:multistatus xmlns:d="DAV:"><d:response><d:href>${url}</d:href><d:propstat><d:prop>${kind}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response></d:multistatus>`) // prettier-ignore
      } else answer(method === 'MOVE' ? 405 : method === 'DELETE' && files.delete(url) ? 204 : 201)
    })
  }

t.test('fixture: a server may take its time over what it was sent, and over a move', async (t) => {
  const stored: Stored = { files: new Map(), asked: [] }
  const url = await httpServer(t, inMemory(stored, { slowMs: 700 }))
  const options = { url: new URL(url), user: undefined, ca: undefined }
  const backend = wrap(new WebdavBackend('dav', options, new Secrets({}), {}), 200)
  t.teardown(() => backend.close())
  await backend.facets.fileWriter!.put('a', () => [old], { signal })
  t.same([...stored.files], [['/a', old]])
})

t.test('fixture: where a server moves nothing, the half of a file does not stay', async (t) => {
  const stored: Stored = { files: new Map(), asked: [] }
  const url = await httpServer(t, inMemory(stored, { moves: false, isCut: true }))
  const { files } = dav(t, url)
  const cut = { code: 'BACKEND_UNAVAILABLE', message: /kept 8 bytes of the 17/ }
  await t.rejects(files.put('new', () => [old], { signal }), cut) // prettier-ignore
  t.same([...stored.files], [], 'it is taken away')
  stored.files.set('/known', old)
  await t.rejects(files.put('known', () => [old], { signal }), cut) // prettier-ignore
  t.ok(stored.files.has('/known'), 'what was there is not removed')
})
