import { execFileSync } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs' // prettier-ignore
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Backend } from '../../../backends/backend.js'
import { facetOf } from '../../../backends/facets/facets.js'
import { readRange } from '../../../backends/files/read-range.js'
import { FtpBackend } from '../../../backends/ftp/backend.js'
import { checkFtp, ftpOptions, type FtpOptions } from '../../../backends/ftp/options.js'
import { Secrets } from '../../../backends/secrets.js'
import { wrap } from '../../../backends/wrap/index.js'
import { toKitError } from '../../../src/core/errors.js'
import { FtpFixture, type FtpScript } from '../../servers/ftp-fixture.js'
import { FtpServer, makeCertificate, PASSWORD, skipWithoutFtp } from '../../servers/ftp.js'
import { Kit } from '../../support/cli.js'
import { tempFolder } from '../../support/temp.js'

const signal = AbortSignal.timeout(600_000)
const old = Buffer.from('the older content')
const MEGABYTE = randomBytes(1 << 20)

function opened(t: Test, options: FtpOptions, warnings: string[] = []): Backend {
  const backend = new FtpBackend('ftp', options, { warn: (text) => warnings.push(text) })
  t.teardown(() => backend.close())
  return backend
}

const put = (backend: Backend, name: string, content: () => Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> => facetOf(backend, 'fileWriter').put(name, content, { signal }) // prettier-ignore

const read = async (backend: Backend, name: string): Promise<Buffer> =>
  Buffer.from(await readRange(facetOf(backend, 'fileReader'), name, { position: 0 }, 10_000_000, { signal })) // prettier-ignore

async function list(backend: Backend, folder = ''): Promise<string[]> {
  const names: string[] = []
  for await (const { name } of facetOf(backend, 'fileReader').list(folder, '', { signal })) names.push(name) // prettier-ignore
  return names.sort()
}

/** A fixture, and a backend on it that wants no TLS. */
async function scripted(
  t: Test,
  script: FtpScript,
  options: Partial<FtpOptions> = {}
): Promise<{ fixture: FtpFixture; backend: Backend; warnings: string[] }> {
  const fixture = await FtpFixture.start(t, script)
  const warnings: string[] = []
  const backend = opened(t, { host: '127.0.0.1', port: fixture.port, user: 'joe', password: () => PASSWORD, path: undefined, tls: 'off', caFile: undefined, ...options }, warnings) // prettier-ignore
  return { fixture, backend, warnings }
}

for (const kind of ['vsftpd', 'pure-ftpd'] as const) {
  t.test(
    `threats 42 and 53: ${kind} is killed in the middle of a put`,
    skipWithoutFtp,
    async (t) => {
      // prettier-ignore
      const server = await FtpServer.start(t, kind)
      const backend = opened(t, server.options)
      await put(backend, 'a/file', () => [old])
      const content = async function* (): AsyncIterable<Uint8Array> {
        for (let i = 0; i < 8; i++) {
          if (i === 2) await server.kill()
          yield MEGABYTE
        }
      }
      await t.rejects(put(backend, 'a/file', content), { code: 'BACKEND_UNAVAILABLE' })
      t.same(readFileSync(join(server.data, 'a/file')), old)
      await server.run()
      t.same(await read(backend, 'a/file'), old, 'it is connected to again')
      t.same(await list(backend, 'a'), ['a/file'])
    }
  )

  t.test(`threats 42: ${kind} is killed in the middle of a get`, skipWithoutFtp, async (t) => {
    const server = await FtpServer.start(t, kind)
    const backend = opened(t, server.options)
    server.plant('file', Buffer.alloc(64 << 20))
    const pieces = facetOf(backend, 'fileReader').get('file', { position: 0 }, { signal })
    await t.rejects(
      async () => {
        for await (const { length } of pieces) if (length > 0) await server.kill()
      },
      { code: 'BACKEND_UNAVAILABLE' }
    )
  })

  t.test(`${kind}: what a crash left goes after a day`, skipWithoutFtp, async (t) => {
    const server = await FtpServer.start(t, kind)
    const backend = opened(t, server.options)
    const [stale, fresh] = [`a/.put-${randomUUID()}.tmp`, `a/.put-${randomUUID()}.tmp`]
    for (const name of ['a/mine', stale, fresh]) server.plant(name, old)
    const before = Date.now() / 1000 - 2 * 24 * 3600
    for (const name of ['a/mine', stale]) utimesSync(join(server.data, name), before, before)
    await put(backend, 'a/file', () => [old])
    t.same(readdirSync(join(server.data, 'a')).sort(), [fresh.slice(2), 'file', 'mine'].sort())
  })

  t.test(
    `threats 53: ${kind}: a file that went aside for a put that was killed is put back`,
    skipWithoutFtp,
    async (t) => {
      const server = await FtpServer.start(t, kind)
      const aside = (name: string): string => `.put-${randomUUID()}-${name}.older`
      for (const name of [aside('x.car'), aside('y.car'), 'y.car']) server.plant(`cars/${name}`, name.startsWith('y') ? MEGABYTE : old) // prettier-ignore
      const before = Date.now() / 1000 - 2 * 24 * 3600
      for (const name of readdirSync(join(server.data, 'cars'))) utimesSync(join(server.data, 'cars', name), before, before) // prettier-ignore
      const backend = opened(t, server.options)
      t.same(await list(backend, 'cars'), ['cars/y.car'])
      await put(backend, 'cars/z.car', () => [old])
      t.same(readdirSync(join(server.data, 'cars')).sort(), ['x.car', 'y.car', 'z.car'])
      t.same(await read(backend, 'cars/x.car'), old)
    }
  )

  t.test(`threats 43: the disk of ${kind} is full`, skipWithoutFtp, async (t) => {
    const server = await FtpServer.start(t, kind)
    const full = join(server.data, 'full')
    mkdirSync(full)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=777', 'tmpfs', full])
    t.teardown(() => execFileSync('umount', [full]))
    const backend = opened(t, server.options)
    await put(backend, 'full/file', () => [old])
    await t.rejects(put(backend, 'full/file', () => [MEGABYTE, MEGABYTE, MEGABYTE]), { code: 'NO_SPACE' }) // prettier-ignore
    t.same(readdirSync(full), ['file'])
    t.same(await read(backend, 'full/file'), old)
  })

  t.test(
    `${kind}: what is closed to us is not missing, nor what lay in a folder that is gone`,
    skipWithoutFtp,
    async (t) => {
      // prettier-ignore
      const server = await FtpServer.start(t, kind)
      const backend = opened(t, server.options)
      const files = facetOf(backend, 'fileReader')
      for (const name of ['file', 'closed/file', 'unread/file']) server.plant(name, old)
      chmodSync(join(server.data, 'file'), 0o000)
      chmodSync(join(server.data, 'closed'), 0o000)
      chmodSync(join(server.data, 'unread'), 0o311)
      await t.rejects(read(backend, 'file'), { code: 'ACCESS_DENIED' })
      await t.rejects(read(backend, 'closed/file'), { code: 'ACCESS_DENIED' })
      await t.rejects(files.stat('closed/file', { signal }), { code: 'ACCESS_DENIED' })
      await t.rejects(list(backend, 'closed'), { code: 'ACCESS_DENIED' })
      await t.rejects(list(backend, 'unread'), { code: 'ACCESS_DENIED' })
      t.same(await list(backend, 'no/folder'), [])
      rmSync(server.data, { recursive: true })
      await t.rejects(files.stat('file', { signal }), { code: 'BACKEND_UNAVAILABLE' })
      await t.rejects(read(backend, 'file'), { code: 'BACKEND_UNAVAILABLE' })
    }
  )
}

t.test('threats 42: stopped in the middle of a put it is TIMEOUT', skipWithoutFtp, async (t) => {
  const server = await FtpServer.start(t, 'pure-ftpd')
  const backend = wrap(opened(t, server.options), 1000)
  await put(backend, 'file', () => [old])
  const content = function* (): Iterable<Uint8Array> {
    for (let i = 0; i < 32; i++) {
      if (i === 2) server.stop()
      yield MEGABYTE
    }
  }
  await t.rejects(put(backend, 'file', content), { code: 'TIMEOUT' })
  server.resume()
  t.same(await read(backend, 'file'), old)
})

t.test('a password that is refused is CREDENTIALS', skipWithoutFtp, async (t) => {
  const server = await FtpServer.start(t, 'pure-ftpd')
  const backend = opened(t, server.options)
  await put(backend, 'file', () => [old])
  server.setPassword('another one')
  await server.kill()
  await server.run()
  await t.rejects(read(backend, 'file'), { code: 'CREDENTIALS' })
  const changed = opened(t, { ...server.options, password: () => 'another one' })
  t.same(await read(changed, 'file'), old)
})

for (const [kind, tls] of [
  ['vsftpd', 'explicit'],
  ['vsftpd', 'implicit'],
  ['pure-ftpd', 'explicit']
] as const)
  // prettier-ignore
  t.test(`threats 86: a certificate from elsewhere, ${kind}, TLS ${tls}`, skipWithoutFtp, async (t) => { // prettier-ignore
    const server = await FtpServer.start(t, kind, { tls })
    const { caFile } = makeCertificate(tempFolder(t, 'ca'))
    for (const wrong of [caFile, undefined]) {
      const backend = opened(t, { ...server.options, caFile: wrong })
      const error = toKitError(await backend.health({ signal }).catch((error: unknown) => error))
      t.match(error, { code: 'BACKEND_UNAVAILABLE', message: /certificate.*--ca/ })
      t.equal(error.exitCode, 4)
    }
    // The certificate is for 127.0.0.1 and localhost.
    const elsewhere = opened(t, { ...server.options, host: '127.0.0.2' })
    await t.rejects(elsewhere.health({ signal }), { code: 'BACKEND_UNAVAILABLE' })
    await opened(t, server.options).health({ signal })
  })

t.test('threats 86: a server that takes no TLS is not told the password', async (t) => {
  for (const answer of ['500 what?', '530 log in first', '234 go on', '200 yes']) {
    const { fixture, backend } = await scripted(t, { answers: { AUTH: answer } }, { tls: 'explicit' }) // prettier-ignore
    await t.rejects(backend.health({ signal }), { code: 'BACKEND_UNAVAILABLE' }, answer)
    t.notOk(
      fixture.told.some((line) => /USER|PASS|joe/.test(line)),
      answer
    )
  }
})

t.test('threats 87: names in a list that lead elsewhere are skipped with a warning', async (t) => {
  const names = ['ok.car', '../x.car', '/etc/x.car', 'a/b.car', '..', 'x\u001b[2J.car', 'x\ry.car']
  const unix = names.map((name) => `-rw-r--r-- 1 1 1 5 Nov 26 09:00 ${name}\r\n`).join('')
  const facts = names.map((name) => `type=file;size=5;modify=20240102030405; ${name}\r\n`).join('')
  for (const script of [
    { data: { LIST: unix } },
    { data: { MLSD: facts }, answers: { FEAT: '211-these\r\n MLST type*;\r\n211 end' } }
  ]) {
    const { backend, warnings } = await scripted(t, script)
    t.same(await list(backend), ['ok.car'])
    for (const name of ['../x.car', '/etc/x.car', 'a/b.car']) t.ok(warnings.some((text) => text.includes(`"${name}"`)), name) // prettier-ignore
  }
})

t.test('threats 44: nothing is sent for a name that holds a line', async (t) => {
  const { fixture, backend } = await scripted(t, {})
  await t.rejects(
    put(backend, 'a\r\nDELE b', () => [old]),
    { code: 'INVALID_ARGUMENT' }
  )
  await t.rejects(read(backend, '../x'), { code: 'INVALID_ARGUMENT' })
  t.same(fixture.told, [])
})

t.test('a connection that ends early is no end of the file', async (t) => {
  for (const RETR of ['226 done', '426 it broke']) {
    const { backend } = await scripted(t, { answers: { SIZE: '213 1000', RETR }, data: { RETR: 'short' } }) // prettier-ignore
    await t.rejects(read(backend, 'file'), { code: 'BACKEND_UNAVAILABLE' }, RETR)
  }
})

t.test('a connection whose transfer was cut off serves the next call', async (t) => {
  // The second is what pure-ftpd says.
  for (const RETR of ['426 it broke', '150 0.011 seconds']) {
    const { fixture, backend } = await scripted(t, { answers: { SIZE: '213 10', RETR }, data: { RETR: '0123456789' } }) // prettier-ignore
    const files = facetOf(backend, 'fileReader')
    for (let i = 0; i < 10; i++) {
      const part = await readRange(files, 'file', { position: 0, length: 2 }, 10, { signal })
      t.same(Buffer.from(part).toString(), '01')
    }
    const logins = fixture.told.filter((line) => line.startsWith('USER')).length
    t.ok(logins <= 6, `${RETR}: ${logins} connections`)
  }
})

t.test('an upload of which not all arrived is not renamed', async (t) => {
  const { fixture, backend } = await scripted(t, {})
  await t.rejects(
    put(backend, 'file', () => [old]),
    { code: 'BACKEND_UNAVAILABLE' }
  )
  t.notOk(fixture.told.some((line) => line.startsWith('RNFR')))
  t.ok(fixture.told.some((line) => line.startsWith('DELE /.put-')))
  t.equal(fixture.received, old.length)
})

t.test('where a server does not replace, the older file is moved aside', async (t) => {
  const steps = async (RNTO: readonly string[]): Promise<string[]> => {
    const { fixture, backend } = await scripted(t, { answers: { RNTO, SIZE: `213 ${old.length}` } })
    await put(backend, 'file', () => [old]).catch(() => undefined)
    const told = fixture.told.filter((line) => /^(?:RN|DELE)/.test(line))
    return told.map((line) =>
      line.replace(/\/\.put-.*\.tmp/, 'TEMPORARY').replace(/\/\.put-.*-file\.older/, 'ASIDE')
    )
  }
  const moved = ['RNFR TEMPORARY', 'RNTO /file', 'RNFR /file', 'RNTO ASIDE', 'RNFR TEMPORARY', 'RNTO /file'] // prettier-ignore
  t.same(await steps(['550 it is there', '250 yes']), [...moved, 'DELE ASIDE'])
  const failed = await steps(['550 it is there', '250 yes', '550 no', '250 yes'])
  t.same(failed, [...moved, 'RNFR ASIDE', 'RNTO /file', 'DELE TEMPORARY'], 'and back')
})

t.test('refusals by their status', async (t) => {
  for (const [script, code] of [
    [{ greeting: '421 too many users' }, 'BACKEND_UNAVAILABLE'],
    [{ answers: { PASS: '530 no' } }, 'CREDENTIALS'],
    [{ answers: { STOR: '552 over your quota' } }, 'QUOTA'],
    [{ answers: { STOR: '452 no room' } }, 'NO_SPACE'],
    [{ answers: { STOR: '553 no' } }, 'ACCESS_DENIED']
  ] as const) {
    const { backend } = await scripted(t, script)
    await t.rejects(
      put(backend, 'file', () => [old]),
      { code }
    )
  }
})

t.test('an upload that waits for others is not late', async (t) => {
  const { backend } = await scripted(t, { answers: { SIZE: `213 ${4 * old.length}` } })
  const wrapped = wrap(backend, 1000)
  const slow = async function* (): AsyncIterable<Uint8Array> {
    for (let i = 0; i < 4; i++) {
      await delay(300)
      yield old
    }
  }
  await Promise.all(Array.from({ length: 6 }, (_, i) => put(wrapped, `${i}`, slow)))
})

t.test('six connections serve all', async (t) => {
  const { fixture, backend } = await scripted(t, {})
  const files = facetOf(backend, 'fileReader')
  await Promise.all(Array.from({ length: 20 }, (_, i) => files.stat(`${i}`, { signal })))
  t.equal(fixture.told.filter((line) => line.startsWith('USER')).length, 6)
})

t.test('options are checked', async (t) => {
  const make = (texts: Record<string, string>): FtpOptions =>
    ftpOptions(Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, [text]])), new Secrets()) // prettier-ignore
  t.match(make({ host: 'x', tls: 'implicit' }), { port: 990, user: 'anonymous', path: undefined })
  for (const texts of [
    { host: 'ftp://x' },
    { host: 'x', port: '0' },
    { host: 'x', path: 'a\r\nDELE b' }
  ])
    // prettier-ignore
    t.throws(() => make(texts), { code: 'USAGE' })
  t.throws(() => make({ host: 'x', user: 'joe' }), { code: 'CREDENTIALS' })
  const file = join(tempFolder(t, 'ca'), 'ca.pem')
  t.throws(() => checkFtp({ ca: [file] }), { code: 'USAGE' })
  writeFileSync(file, 'no certificate')
  t.throws(() => checkFtp({ ca: [file] }), { code: 'USAGE' })
})

t.test('threats 82: the commands take it, and show no password', skipWithoutFtp, async (t) => {
  const server = await FtpServer.start(t, 'pure-ftpd', { tls: 'explicit' })
  const { port, caFile } = server.options
  const kit = new Kit(join(tempFolder(t, 'home'), 'home'), { env: { FTP_PASSWORD: PASSWORD } })
  await kit.ok('backend', 'add', 'attic', '--type', 'ftp', '--host', 'localhost', '--port', String(port), '--user', 'joe', '--path', 'data', '--ca', caFile!) // prettier-ignore
  const said = (await kit.ok('backend', 'test', 'attic')) + (await kit.ok('backend', 'show', 'attic')) // prettier-ignore
  t.match(said, /Pure-FTPd/)
  t.notMatch(said, PASSWORD)
  t.same(readdirSync(server.data), ['blocks'])
})
