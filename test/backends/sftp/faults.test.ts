/** Servers that die, fill up, refuse, or have links where files should be. */
import { execFileSync, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { facetOf } from '../../../backends/facets/facets.js'
import { readRange } from '../../../backends/files/read-range.js'
import { DurableFolders } from '../../../backends/sftp/durable-folders.js'
import { skipWithoutOpenSsh } from '../../servers/openssh.js'
import { sftpBackend, sftpPlace } from '../../support/sftp.js'

const { signal } = new AbortController()
const INCOMING = '.ipfs-kit-put'
const older = Buffer.from('older')

t.test(
  'threats 53: a server that is killed in the middle of a put keeps the older file',
  skipWithoutOpenSsh,
  async (t) => {
    const place = await sftpPlace(t)
    const backend = sftpBackend(t, place)
    const writer = facetOf(backend, 'fileWriter')
    await writer.put('file', () => [older], { signal })
    const content = async function* (): AsyncIterable<Uint8Array> {
      yield Buffer.alloc(1 << 20)
      await place.server.kill()
      yield Buffer.alloc(1 << 20)
    }
    await t.rejects(writer.put('file', content, { signal }), { code: 'BACKEND_UNAVAILABLE' })
    t.same(readFileSync(join(place.files, 'file')), older)
    t.equal(readdirSync(join(place.files, INCOMING)).length, 1, 'a part is left')
    await t.rejects(
      writer.put('file', () => [older], { signal }),
      { code: 'BACKEND_UNAVAILABLE' }
    )
    await place.server.run()
    await writer.put('file', () => [Buffer.from('newer')], { signal })
    t.equal(readFileSync(join(place.files, 'file'), 'utf8'), 'newer', 'it connects anew')
    t.same(readdirSync(join(place.files, INCOMING)), [], 'and takes away what is left')
  }
)

t.test('what cannot be removed is tried once by each put', skipWithoutOpenSsh, async (t) => {
  const place = await sftpPlace(t)
  const writer = facetOf(sftpBackend(t, place), 'fileWriter')
  const content = async function* (): AsyncIterable<Uint8Array> {
    yield Buffer.alloc(1 << 20)
    await place.server.kill()
    yield Buffer.alloc(1 << 20)
  }
  await t.rejects(writer.put('file', content, { signal }))
  await place.server.run()
  const incoming = join(place.files, INCOMING)
  const [left] = readdirSync(incoming)
  const path = join(incoming, left!)
  const { status, stderr } = spawnSync('chattr', ['+i', path], { encoding: 'utf8' })
  if (status !== 0) {
    t.pass('a file that cannot be removed', { skip: `none can be made here: ${stderr}` })
    return
  }
  t.teardown(() => spawnSync('chattr', ['-i', path]))
  for (const text of ['one', 'two']) {
    await writer.put('file', () => [Buffer.from(text)], { signal })
    t.equal(readFileSync(join(place.files, 'file'), 'utf8'), text)
    t.same(readdirSync(incoming), [left])
  }
  spawnSync('chattr', ['-i', path])
  await writer.put('file', () => [older], { signal })
  t.same(readdirSync(incoming), [], 'and goes when it can')
})

t.test(
  'threats 53: a file that went aside for a put that was killed is put back',
  skipWithoutOpenSsh,
  async (t) => {
    const place = await sftpPlace(t, { denied: ['posix-rename'] })
    const incoming = join(place.files, INCOMING)
    mkdirSync(incoming)
    mkdirSync(join(place.files, 'cars'))
    const id = (): string => randomUUID().replace(/-\w{4}-/, '-1234-')
    const aside = (name: string): string => join(incoming, `${id()}-1-${encodeURIComponent(name)}.older`) // prettier-ignore
    const before = Date.now() / 1000 - 2 * 24 * 3600
    for (const path of [
      aside('cars/a.car'),
      aside('cars/b.car'),
      aside('../out'),
      join(incoming, `${randomUUID()}-1.older`)
    ]) {
      // prettier-ignore
      writeFileSync(path, older)
      utimesSync(path, before, before)
    }
    writeFileSync(join(place.files, 'cars/b.car'), 'newer')
    const writer = facetOf(sftpBackend(t, place), 'fileWriter')
    await writer.put('file', () => [older], { signal })
    await writer.put('file', () => [Buffer.from('again')], { signal })
    t.same(readFileSync(join(place.files, 'cars/a.car')), older)
    t.equal(readFileSync(join(place.files, 'cars/b.car'), 'utf8'), 'newer')
    t.equal(readFileSync(join(place.files, 'file'), 'utf8'), 'again')
    t.equal(readdirSync(incoming).length, 2, 'what tells no place stays')
  }
)

t.test('whoever finds a folder made does not believe that its name is durable', async (t) => {
  const folders = new DurableFolders()
  const [root, folder] = ['/srv', '/srv/blocks/ab']
  const all = [folder, '/srv/blocks', '/srv']
  t.same(folders.toSync(root, folder, [folder]), all)
  t.same(folders.toSync(root, folder, []), all, 'it was not synced yet')
  folders.synced(all)
  t.same(folders.toSync(root, folder, []), [folder])
  t.same(folders.toSync(root, '/srv/blocks/cd', []), ['/srv/blocks/cd', '/srv/blocks'])
  t.same(folders.toSync(root, folder, [folder]), [folder, '/srv/blocks'], 'it was made anew')
  t.same(folders.toSync('', '', []), [''])
})

t.test('what others left is removed after a day', skipWithoutOpenSsh, async (t) => {
  const place = await sftpPlace(t)
  const incoming = join(place.files, INCOMING)
  mkdirSync(incoming)
  for (const name of ['old', 'new']) writeFileSync(join(incoming, name), 'half of it')
  const before = Date.now() / 1000 - 2 * 24 * 3600
  utimesSync(join(incoming, 'old'), before, before)
  const backend = sftpBackend(t, place)
  await facetOf(backend, 'fileWriter').put('file', () => [older], { signal })
  t.same(readdirSync(incoming), ['new'])
  for (const name of [INCOMING, `${INCOMING}/new`])
    await t.rejects(facetOf(backend, 'fileReader').stat(name, { signal }), { code: 'INVALID_ARGUMENT' }) // prettier-ignore
})

t.test(
  'threats 45: links and pipes are no files, and no link leads out',
  skipWithoutOpenSsh,
  async (t) => {
    const place = await sftpPlace(t)
    const { files } = place
    const outside = join(place.server.folder, 'outside')
    mkdirSync(outside)
    writeFileSync(join(outside, 'secret'), 'not yours')
    mkdirSync(join(files, 'inside'))
    writeFileSync(join(files, 'inside', 'file'), 'content')
    symlinkSync(outside, join(files, 'out'))
    symlinkSync('inside', join(files, 'in'))
    symlinkSync(join(outside, 'secret'), join(files, 'link'))
    execFileSync('mkfifo', [join(files, 'pipe')])
    const warnings: string[] = []
    const backend = sftpBackend(t, place, {}, { warn: (text) => warnings.push(text) })
    const reader = facetOf(backend, 'fileReader')
    const writer = facetOf(backend, 'fileWriter')
    const bytes = (name: string): Promise<Uint8Array> => readRange(reader, name, { position: 0 }, 1000, { signal }) // prettier-ignore
    for (const name of ['link', 'pipe']) {
      t.equal(await reader.stat(name, { signal }), undefined, name)
      await t.rejects(bytes(name), { code: 'PATH_NOT_FOUND' }, name)
    }
    t.equal(warnings.length, 2)
    const refused = { code: 'ACCESS_DENIED', message: /is a link that leads out of/ }
    await t.rejects(bytes('out/secret'), refused)
    await t.rejects(reader.stat('out/secret', { signal }), refused)
    await t.rejects(
      writer.put('out/new', () => [older], { signal }),
      refused
    )
    await t.rejects(writer.remove('out/secret', { signal }), refused)
    await t.rejects(reader.list('out', '', { signal })[Symbol.asyncIterator]().next(), refused)
    t.same(readdirSync(outside), ['secret'])
    t.equal(Buffer.from(await bytes('in/file')).toString(), 'content', 'a link that stays inside')
  }
)

t.test(
  'a full disk is NO_SPACE, and one that is read-only READ_ONLY',
  skipWithoutOpenSsh,
  async (t) => {
    if (process.getuid?.() !== 0) return t.comment('a file system of its own needs root')
    const place = await sftpPlace(t)
    const { files } = place
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', files])
    t.teardown(() => void execFileSync('umount', ['-l', files]))
    const backend = sftpBackend(t, place)
    const writer = facetOf(backend, 'fileWriter')
    await t.rejects(
      writer.put('file', () => [Buffer.alloc(2 << 20)], { signal }),
      { code: 'NO_SPACE' }
    )
    t.equal(await facetOf(backend, 'fileReader').stat('file', { signal }), undefined)
    await writer.put('file', () => [older], { signal })
    execFileSync('mount', ['-o', 'remount,ro', files])
    await t.rejects(
      writer.put('other', () => [older], { signal }),
      { code: 'READ_ONLY' }
    )
    await t.rejects(writer.remove('file', { signal }), { code: 'READ_ONLY' })
  }
)

t.test('what is denied or not there is told as that', skipWithoutOpenSsh, async (t) => {
  const place = await sftpPlace(t, { flags: '-R' })
  const writer = facetOf(sftpBackend(t, place), 'fileWriter')
  await t.rejects(
    writer.put('file', () => [older], { signal }),
    { code: 'ACCESS_DENIED' }
  )
  const nowhere = sftpBackend(t, place, { path: [join(place.files, 'nowhere')] })
  await t.rejects(facetOf(nowhere, 'fileReader').stat('file', { signal }), { code: 'BACKEND_UNAVAILABLE', message: /there is no folder/ }) // prettier-ignore
  const nobody = sftpBackend(t, place, { host: ['nobody.invalid'] })
  await t.rejects(nobody.health({ signal }), { code: 'BACKEND_UNAVAILABLE' })
})
