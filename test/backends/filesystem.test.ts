import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { FilesystemBackend } from '../../backends/filesystem/backend.js'
import { ReadOnly } from '../../backends/wrap/read-only.js'
import { Cid, RAW } from '../../src/core/cid.js'
import { sha256, SHA2_256 } from '../../src/core/hash.js'
import { backendSuite } from '../contract/backend-suite.js'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

const { signal } = new AbortController()
const absent = Cid.v1(RAW, SHA2_256, sha256(Buffer.from('nobody has this')))

backendSuite('a folder', {}, async (t) => {
  const backend = new FilesystemBackend('disk', tempFolder(t, 'disk'))
  return { backend, plant: (cid, block) => backend.putBlock(cid, block, { signal }) }
})

backendSuite('a folder that is read only', {}, async (t) => {
  const folder = tempFolder(t, 'disk')
  const writable = new FilesystemBackend('disk', folder)
  return {
    backend: new ReadOnly(new FilesystemBackend('disk', folder)),
    plant: (cid, block) => writable.putBlock(cid, block, { signal })
  }
})

t.test('archives in it are read as they are, and again when they change', async (t) => {
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
  const backend = new FilesystemBackend('disk', disk)
  t.teardown(() => backend.close())
  const leaf = Cid.v1(RAW, SHA2_256, sha256(Buffer.from('content of a')))
  t.equal(Buffer.from(await backend.getBlock(leaf, { signal })).toString(), 'content of a')
  t.ok((await backend.getBlock(Cid.parse(root), { signal })).length > 0)
  t.match((await backend.health({ signal })).version, /2 archives/)
  truncateSync(car, 200)
  await new Promise((resolve) => setTimeout(resolve, 2100))
  // Whether it stands in what was cut off, or in what is no archive at all, nobody knows.
  await t.rejects(backend.getBlock(absent, { signal }), { code: 'BACKEND_UNAVAILABLE' })
  rmSync(car)
  rmSync(join(disk, 'broken.car'))
  await new Promise((resolve) => setTimeout(resolve, 2100))
  await t.rejects(backend.getBlock(absent, { signal }), { code: 'BLOCK_NOT_FOUND' })
})

t.test('a disk that is not there says nothing about what it holds', async (t) => {
  const folder = tempFolder(t, 'disk')
  const disk = join(folder, 'usb')
  mkdirSync(disk)
  const backend = new FilesystemBackend('disk', disk)
  t.teardown(() => backend.close())
  const cid = Cid.v1(RAW, SHA2_256, sha256(Buffer.from('x')))
  await backend.putBlock(cid, Buffer.from('x'), { signal })
  renameSync(disk, join(folder, 'away'))
  await t.rejects(backend.getBlock(cid, { signal }), { code: 'BACKEND_UNAVAILABLE' })
  await t.rejects(backend.putBlock(cid, Buffer.from('x'), { signal }), { code: 'BACKEND_UNAVAILABLE' }) // prettier-ignore
  renameSync(join(folder, 'away'), disk)
  t.same(Buffer.from(await backend.getBlock(cid, { signal })), Buffer.from('x'))
  rmSync(disk, { recursive: true })
})

t.test('a full disk is NO_SPACE, and nothing half-written is visible', async (t) => {
  if (process.getuid?.() !== 0) return t.comment('a file system of its own needs root')
  const folder = tempFolder(t, 'disk')
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder])
  t.teardown(() => void execFileSync('umount', [folder]))
  const backend = new FilesystemBackend('disk', folder)
  const block = Buffer.alloc(2_000_000, 'x')
  const cid = Cid.v1(RAW, SHA2_256, sha256(block))
  await t.rejects(backend.putBlock(cid, block, { signal }), { code: 'NO_SPACE' })
  await t.rejects(backend.getBlock(cid, { signal }), { code: 'BLOCK_NOT_FOUND' })
  const small = Buffer.alloc(1000, 'y')
  const smallCid = Cid.v1(RAW, SHA2_256, sha256(small))
  await backend.putBlock(smallCid, small, { signal })
  t.same(Buffer.from(await backend.getBlock(smallCid, { signal })), small)
})
