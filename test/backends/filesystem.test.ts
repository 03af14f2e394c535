import { execFileSync, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import type { Backend } from '../../backends/backend.js'
import { facetOf } from '../../backends/facets/facets.js'
import { readRange } from '../../backends/files/read-range.js'
import { FilesystemBackend } from '../../backends/filesystem/backend.js'
import { ReadOnly } from '../../backends/wrap/read-only.js'
import { toHex } from '../../src/core/bytes.js'
import { Cid, RAW } from '../../src/core/cid.js'
import { sha256, SHA2_256 } from '../../src/core/hash.js'
import { backendSuite } from '../contract/backend-suite.js'
import { Kit } from '../support/cli.js'
import { ROOT } from '../support/paths.js'
import { NO_FILES } from '../support/no-files.js'
import { leaveUpload } from '../support/leftovers.js'
import { tempFolder } from '../support/temp.js'
import { TestClock } from '../support/clock.js'

const { signal } = new AbortController()
const absent = Cid.v1(RAW, SHA2_256, sha256(Buffer.from('nobody has this')))

const getBlock = (backend: Backend, cid: Cid): Promise<Uint8Array> =>
  facetOf(backend, 'blockReader').getBlock(cid, { signal })

const putBlock = (backend: Backend, cid: Cid, block: Uint8Array): Promise<void> =>
  facetOf(backend, 'blockWriter').putBlock(cid, block, { signal })

const plantIn =
  (folder: string) =>
  async (name: string, bytes: Uint8Array): Promise<void> => {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), bytes)
  }

backendSuite('a folder', {}, async (t) => {
  const folder = tempFolder(t, 'disk')
  const backend = new FilesystemBackend('disk', folder)
  const writable = new FilesystemBackend('disk', folder)
  return {
    backend,
    plant: (cid, block) => putBlock(writable, cid, block),
    plantFile: plantIn(folder),
    leave: (at) => leaveUpload(folder, at, 'cars/a.car')
  }
})

backendSuite('a folder that is read only', {}, async (t) => {
  const folder = tempFolder(t, 'disk')
  const writable = new FilesystemBackend('disk', folder)
  return {
    backend: new ReadOnly(new FilesystemBackend('disk', folder)),
    plant: (cid, block) => putBlock(writable, cid, block),
    plantFile: plantIn(folder)
  }
})

t.test('blocks lie where they always lay', async (t) => {
  const folder = tempFolder(t, 'disk')
  const backend = new FilesystemBackend('disk', folder)
  t.teardown(() => backend.close())
  const block = Buffer.from('x')
  const cid = Cid.v1(RAW, SHA2_256, sha256(block))
  await putBlock(backend, cid, block)
  const key = `1220${toHex(sha256(block))}`
  t.same(readFileSync(join(folder, 'blocks', key.slice(-3, -1), `${key}.block`)), block)
  t.same(readdirSync(join(folder, 'blocks')), [key.slice(-3, -1)])
})

t.test('threats 45: links and pipes are no files, and nobody sees temporary files', async (t) => {
  const folder = tempFolder(t, 'disk')
  const backend = new FilesystemBackend('disk', folder)
  t.teardown(() => backend.close())
  writeFileSync(join(folder, 'file'), 'content')
  for (const name of ['file.12.3.tmp', `.put-${randomUUID()}.tmp`])
    writeFileSync(join(folder, name), 'half of it')
  symlinkSync('/etc/passwd', join(folder, 'link'))
  execFileSync('mkfifo', [join(folder, 'pipe')])
  const files = facetOf(backend, 'fileReader')
  const names: string[] = []
  for await (const { name } of files.list('', '', { signal })) names.push(name)
  t.same(names, ['file'])
  for (const name of ['link', 'pipe']) {
    t.equal(await files.stat(name, { signal }), undefined, name)
    await t.rejects(readRange(files, name, { position: 0 }, 10_000, { signal }), { code: 'PATH_NOT_FOUND' }) // prettier-ignore
  }
  const writer = facetOf(backend, 'fileWriter')
  await t.rejects(
    writer.put('a.1.2.tmp', () => [], { signal }),
    { code: 'INVALID_ARGUMENT' }
  )
})

t.test('threats 53: killed in the middle of a put, the older file is there', async (t) => {
  const folder = tempFolder(t, 'disk')
  const backend = new FilesystemBackend('disk', folder)
  t.teardown(() => backend.close())
  const writer = facetOf(backend, 'fileWriter')
  await writer.put('file', () => [Buffer.from('older')], { signal })
  const program = `
    import { NamedFolder } from ${JSON.stringify(`${ROOT}dist/backends/filesystem/named-folder.js`)}
    const content = function* () {
      yield Buffer.alloc(1 << 20)
      process.kill(process.pid, 'SIGKILL')
    }
    await new NamedFolder(${JSON.stringify(folder)}).put('file', content, { signal: AbortSignal.timeout(9999) })
  `
  const killed = spawnSync(process.execPath, ['--input-type=module', '-e', program])
  t.equal(killed.signal, 'SIGKILL')
  t.equal(readdirSync(folder).length, 2, 'its temporary file is left')
  const files = facetOf(backend, 'fileReader')
  const names: string[] = []
  for await (const { name, size } of files.list('', '', { signal })) names.push(`${name} ${size}`)
  t.same(names, ['file 5'])
})

t.test('threats 43: archives in it are read as they are, and again when they change', async (t) => {
  const folder = tempFolder(t, 'disk')
  const kit = new Kit(join(folder, 'home'))
  const source = join(folder, 'source')
  mkdirSync(source)
  writeFileSync(join(source, 'a'), 'content of a')
  writeFileSync(join(source, 'b'), Buffer.alloc(3_000_000, 'b'))
  const root = await kit.add(source)
  const disk = join(folder, 'disk')
  mkdirSync(join(disk, 'cars'), { recursive: true })
  const car = join(disk, 'cars', 'one.car')
  await kit.ok('car', 'export', root, '-o', car)
  writeFileSync(join(disk, 'broken.car'), 'no archive at all')
  const clock = new TestClock()
  const backend = new FilesystemBackend('disk', disk, { clock })
  t.teardown(() => backend.close())
  const leaf = Cid.v1(RAW, SHA2_256, sha256(Buffer.from('content of a')))
  t.equal(Buffer.from(await getBlock(backend, leaf)).toString(), 'content of a')
  t.ok((await getBlock(backend, Cid.parse(root))).length > 0)
  t.match((await backend.health({ signal })).version, /2 archives/)
  truncateSync(car, 200)
  clock.advance(2100)
  // Whether it stands in what was cut off, or in what is no archive at all, nobody knows.
  await t.rejects(getBlock(backend, absent), { code: 'BACKEND_UNAVAILABLE' })
  rmSync(car)
  rmSync(join(disk, 'broken.car'))
  clock.advance(2100)
  await t.rejects(getBlock(backend, absent), { code: 'BLOCK_NOT_FOUND' })
})

t.test('threats 43: a disk that is not there says nothing about what it holds', async (t) => {
  const folder = tempFolder(t, 'disk')
  const disk = join(folder, 'usb')
  mkdirSync(disk)
  const backend = new FilesystemBackend('disk', disk)
  t.teardown(() => backend.close())
  const cid = Cid.v1(RAW, SHA2_256, sha256(Buffer.from('x')))
  await putBlock(backend, cid, Buffer.from('x'))
  renameSync(disk, join(folder, 'away'))
  await t.rejects(getBlock(backend, cid), { code: 'BACKEND_UNAVAILABLE' })
  await t.rejects(putBlock(backend, cid, Buffer.from('x')), { code: 'BACKEND_UNAVAILABLE' }) // prettier-ignore
  renameSync(join(folder, 'away'), disk)
  t.same(Buffer.from(await getBlock(backend, cid)), Buffer.from('x'))
  rmSync(disk, { recursive: true })
})

t.test('threats 43: a full disk is NO_SPACE, and nothing half-written is visible', async (t) => {
  if (process.getuid?.() !== 0) return t.comment('a file system of its own needs root')
  const folder = tempFolder(t, 'disk')
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder])
  t.teardown(() => void execFileSync('umount', [folder]))
  const backend = new FilesystemBackend('disk', folder)
  const block = Buffer.alloc(2_000_000, 'x')
  const cid = Cid.v1(RAW, SHA2_256, sha256(block))
  await t.rejects(putBlock(backend, cid, block), { code: 'NO_SPACE' })
  await t.rejects(getBlock(backend, cid), { code: 'BLOCK_NOT_FOUND' })
  const small = Buffer.alloc(1000, 'y')
  const smallCid = Cid.v1(RAW, SHA2_256, sha256(small))
  await putBlock(backend, smallCid, small)
  t.same(Buffer.from(await getBlock(backend, smallCid)), small)
})

for (const [what, make] of Object.entries(NO_FILES))
  t.test(`threats 45: ${what} lies where blocks and archives should`, async (t) => {
    const disk = tempFolder(t, 'disk')
    const warnings: string[] = []
    const backend = new FilesystemBackend('disk', disk, { warn: (text) => warnings.push(text) })
    t.teardown(() => backend.close())
    const block = Buffer.from('a sound block')
    const cid = Cid.v1(RAW, SHA2_256, sha256(block))
    await putBlock(backend, cid, block)
    const key = toHex(absent.multihash)
    const place = join(disk, 'blocks', key.slice(-3, -1), `${key}.block`)
    mkdirSync(dirname(place), { recursive: true })
    mkdirSync(join(disk, 'cars'))
    const places = [place, join(disk, 'top.car'), join(disk, 'cars', 'x.car')]
    for (const path of places) await make(path, t)
    const code = what === 'a huge file of nothing' ? 'BACKEND_UNAVAILABLE' : 'BLOCK_NOT_FOUND'
    for (let i = 0; i < 2; i++) {
      await t.rejects(getBlock(backend, absent), { code })
      t.ok(block.equals(await getBlock(backend, cid)))
    }
    // What is damaged is told with the error, and a folder or a link is no archive of anybody.
    if (what === 'a pipe' || what === 'a device')
      t.same(
        warnings.sort(),
        places.map((path) => `backend disk: ${path} is no file; it is skipped`).sort()
      )
    if (what === 'a huge file of nothing') t.match(warnings, [/over \d+ bytes; it is skipped/])
  })
