/** Blocks in real folders of other programs: right, small, or left to whoever fetches. */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { blockPath, openBlockFolder, type BlockFolder } from '../../backends/flatfs.js'
import { Cid, RAW } from '../../src/core/cid.js'
import { sha256, SHA2_256 } from '../../src/core/hash.js'
import { BlockHandoverRing } from '../../src/fetch/block-handover-ring.js'
import {
  ForeignRepositories,
  reserveForeignRepositories
} from '../../src/fetch/foreign-repositories.js'
import { SharedFolders } from '../../src/fetch/shared-folders.js'
import { tempFolder } from '../support/temp.js'

const cidOf = (block: Uint8Array): Cid => Cid.v1(RAW, SHA2_256, sha256(block))

function makeFolder(t: Test, name: string): BlockFolder {
  const path = tempFolder(t, name)
  writeFileSync(join(path, 'SHARDING'), '/repo/flatfs/shard/v1/next-to-last/2\n')
  return openBlockFolder(path)!
}

function put(folder: BlockFolder, cid: Cid, block: Uint8Array): string {
  const path = blockPath(folder, cid)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, block)
  return path
}

t.test('threats 55: a sound small block is given and handed over, all else is left', async (t) => {
  const memory = reserveForeignRepositories()
  const folders = new SharedFolders(memory.folders)
  const handover = new BlockHandoverRing(memory.handover)
  const foreignRepositories = new ForeignRepositories(memory)
  const [first, second] = [makeFolder(t, 'first'), makeFolder(t, 'second')]
  const blocks = [0, 1, 4096, 64 * 1024].map((length) => randomBytes(length))
  for (const block of blocks) put(first, cidOf(block), block)
  t.equal(foreignRepositories.get(cidOf(blocks[2]!)), undefined, 'nobody told of the folder')
  folders.publish([{ folder: first, backend: 'one' }, { folder: second, backend: 'two' }]) // prettier-ignore
  for (const block of blocks) t.same(foreignRepositories.get(cidOf(block)), block)
  t.same([...handover.take()].map(({ backend, block }) => [backend, block.length]), [['one', 0], ['one', 1], ['one', 4096], ['one', 65_536]]) // prettier-ignore
  t.same(foreignRepositories.get(cidOf(blocks[1]!)), blocks[1], 'once more')
  t.equal(handover.waitingBytes, 0, 'remembered, and handed over once')

  const changed = randomBytes(100)
  const wrong = Buffer.from(changed)
  wrong[50]! ^= 1
  put(first, cidOf(changed), wrong)
  t.equal(foreignRepositories.get(cidOf(changed)), undefined, 'damaged')
  put(second, cidOf(changed), changed)
  t.same(foreignRepositories.get(cidOf(changed)), changed, 'sound in the other')
  t.equal([...handover.take()][0]!.backend, 'two')

  t.same(
    [0, 1, 2, 3].map((i) => foreignRepositories.size(cidOf(blocks[i]!))),
    [0, 1, 4096, 65_536]
  )
  t.equal(foreignRepositories.size(cidOf(randomBytes(7))), undefined)
  const large = randomBytes(64 * 1024 + 1)
  put(first, cidOf(large), large)
  t.equal(foreignRepositories.get(cidOf(large)), undefined, 'large')
  t.equal(foreignRepositories.size(cidOf(large)), 65_537)
  const cut = randomBytes(500)
  put(first, cidOf(cut), cut.subarray(0, 300))
  t.equal(foreignRepositories.get(cidOf(cut)), undefined, 'cut short')
  const absent = cidOf(randomBytes(9))
  t.equal(foreignRepositories.get(absent), undefined)
  const folder = blockPath(first, absent)
  mkdirSync(folder, { recursive: true })
  t.equal(foreignRepositories.get(absent), undefined, 'a folder of that name')
  rmSync(folder, { recursive: true })
  spawnSync('mkfifo', [folder])
  t.equal(foreignRepositories.get(absent), undefined, 'a pipe that nobody writes to')
  t.equal(foreignRepositories.size(absent), undefined)
  if (process.getuid?.() !== 0) {
    const secret = randomBytes(40)
    chmodSync(put(first, cidOf(secret), secret), 0)
    t.equal(foreignRepositories.get(cidOf(secret)), undefined)
  }
  folders.publish([])
  t.equal(foreignRepositories.get(cidOf(randomBytes(3))), undefined)
})

t.test('a block that the cache has no room to take is left to whoever fetches', async (t) => {
  const memory = reserveForeignRepositories()
  const folder = makeFolder(t, 'folder')
  new SharedFolders(memory.folders).publish([{ folder, backend: 'one' }])
  const foreignRepositories = new ForeignRepositories(memory)
  const handover = new BlockHandoverRing(memory.handover)
  const filler = randomBytes(64 * 1024)
  while (handover.add(cidOf(filler), filler, 'x'));
  const block = randomBytes(60_000)
  put(folder, cidOf(block), block)
  t.equal(foreignRepositories.get(cidOf(block)), undefined)
  for (const _ of handover.take());
  t.same(foreignRepositories.get(cidOf(block)), block)
})

t.test('more folders than there is room for are not told of', async (t) => {
  const { folders: memory } = reserveForeignRepositories()
  const shared = new SharedFolders(memory)
  const other = new SharedFolders(memory)
  const folder: BlockFolder = { path: '/somewhere', sharding: 'prefix', digits: 2 }
  shared.publish([{ folder, backend: 'one' }])
  t.same(other.all, [{ folder, backend: 'one' }])
  shared.publish(Array.from({ length: 2000 }, (_, i) => ({ folder, backend: `backend ${i}` })))
  t.same(other.all, [])
})
