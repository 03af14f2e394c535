/** Archives on a server that counts its reads (fixture): by index, by stream, and by nobody's word. */
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { FileBlocks } from '../../backends/files/file-blocks.js'
import { KeptIndexes } from '../../backends/files/kept-indexes.js'
import { Skipped } from '../../backends/skipped.js'
import { allowManyListeners } from '../../src/core/abort.js'
import { copyOf, toHex } from '../../src/core/bytes.js'
import type { Cid } from '../../src/core/cid.js'
import { archiveOf, archiveOfAll, largeFile } from '../support/archives.js'
import { leafBlock, type Block } from '../support/blocks.js'
import { MemoryFiles } from '../support/memory-files.js'
import { rawCid } from '../support/stores.js'
import { tempFolder } from '../support/temp.js'

const { signal } = new AbortController()
allowManyListeners(signal)

const leavesOf = (count: number, size: number): Buffer[] =>
  Array.from({ length: count }, () => randomBytes(size))

async function bytesOf(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const piece of pieces) parts.push(Buffer.from(piece))
  return Buffer.concat(parts)
}

/** A backend whose reads are counted, with what it warns of. */
function counted() {
  const files = new MemoryFiles()
  const warnings: string[] = []
  const skipped = new Skipped('memory', (line) => warnings.push(line))
  const open = (): FileBlocks => new FileBlocks(files, 'memory', { skipped })
  return { files, warnings, open }
}

const block = (blocks: FileBlocks, cid: Cid): Promise<Uint8Array> =>
  blocks.getBlock(cid, { signal })

t.test('a random block of an archive costs one read of its own size', async (t) => {
  const { files, warnings, open } = counted()
  const { blocks: dag } = largeFile(leavesOf(300, 10_000), 100)
  files.set(`cars/${dag[0]!.cid}.car`, await archiveOf(dag))
  const blocks = open()
  await block(blocks, dag[0]!.cid)
  t.equal(files.reads, 2, 'both ends, where the header, the root and the index lie')
  t.ok(files.asked < 30_000, 'the archive is not scanned')
  for (const { cid, block: wanted } of [dag[200]!, dag[7]!, dag[301]!]) {
    files.reads = files.asked = 0
    t.ok(Buffer.from(await block(blocks, cid)).equals(wanted))
    t.equal(files.reads, 1)
    t.ok(files.asked < wanted.length + 50, `${files.asked}`)
  }
  t.same(warnings, [])
})

t.test('the ends of an archive are read where it is named for the block alone', async (t) => {
  const { files, open } = counted()
  const { blocks: dag } = largeFile(leavesOf(600, 1000), 300)
  const [root] = dag as [Block]
  const archive = await archiveOf(dag)
  files.set(`cars/${root.cid}.car`, archive)
  t.ok(Buffer.from(await block(open(), root.cid)).equals(root.block))
  t.equal(files.reads, 3, 'an index that is longer is read by itself')
  files.reads = files.asked = 0
  t.ok(Buffer.from(await block(open(), dag[1]!.cid)).equals(dag[1]!.block))
  t.equal(files.reads, 3, 'header, index, block')
  t.ok(files.asked < 40_000, 'another block may lie in any archive')
  const damaged = Buffer.from(archive)
  damaged[archive.indexOf(root.block) + 20]! ^= 1
  files.set(`cars/${root.cid}.car`, damaged)
  await t.rejects(block(open(), root.cid), { code: 'INTEGRITY' })
  files.set(`cars/${root.cid}.car`, archive)
  const blocks = open()
  await block(blocks, dag[1]!.cid)
  files.set(`cars/${root.cid}.car`, damaged)
  await t.rejects(block(blocks, root.cid), 'what was read before does not stand for what is there')
})

t.test('a small archive is read whole at once', async (t) => {
  const { files, open } = counted()
  const leaf = leafBlock('a small one')
  files.set('cars/small.car', await archiveOf([leaf]))
  await block(open(), leaf.cid)
  t.ok(files.reads <= 3)
})

t.test(
  'of ten thousand archives those alone are looked into that may have the block',
  async (t) => {
    const { files, open } = counted()
    for (let i = 0; i < 10_000; i++) {
      const leaf = leafBlock(`archive ${i}`)
      files.set(`cars/${leaf.cid}.car`, await archiveOf([leaf]))
    }
    const blocks = open()
    t.equal(await blocks.archives.count({ signal }), 10_000)
    t.equal(files.reads, 0)
    const named = leafBlock('archive 1234')
    t.same(Buffer.from(await block(blocks, named.cid)), named.block)
    t.ok(files.reads < 40, `${files.reads} reads for the one that is named for it`)
    const leaf = leafBlock('the newest')
    files.set('other.car', await archiveOf([leaf]), Date.now())
    files.reads = 0
    t.same(Buffer.from(await block(open(), leaf.cid)), leaf.block)
    t.ok(files.reads < 40, `${files.reads} reads for the newest`)
  }
)

t.test('threats 8: an index that is wrong is ignored, and the archive scanned', async (t) => {
  const { blocks: dag } = largeFile(leavesOf(20, 5000), 10)
  const good = await archiveOf(dag)
  const indexStart = Number(good.readBigUInt64LE(43))
  const firstOffset = indexStart + 2 + 4 + 8 + 4 + 4 + 8 + 32
  const setOffset = (i: number, offset: bigint): Buffer => {
    const bytes = Buffer.from(good)
    bytes.writeBigUInt64LE(offset, firstOffset + 40 * i)
    return bytes
  }
  const swapped = Buffer.from(good)
  const [a, b] = [good.readBigUInt64LE(firstOffset), good.readBigUInt64LE(firstOffset + 40)]
  swapped.writeBigUInt64LE(b, firstOffset)
  swapped.writeBigUInt64LE(a, firstOffset + 40)
  const unsorted = Buffer.from(good)
  unsorted.fill(0xff, firstOffset - 32, firstOffset)
  const buckets = Buffer.from(good)
  buckets.writeUInt32LE(1 << 30, indexStart + 2)
  for (const [what, bytes] of Object.entries({
    'at another block': swapped,
    'past the end': setOffset(3, 1n << 40n),
    'into a block': setOffset(3, good.readBigUInt64LE(firstOffset + 120) + 17n),
    'of digests out of order': unsorted,
    'of a billion hashes': buckets,
    'cut short': good.subarray(0, good.length - 30)
  })) {
    const { files, warnings, open } = counted()
    files.set('a.car', copyOf(bytes))
    const blocks = open()
    for (const { cid, block: wanted } of dag)
      t.ok(Buffer.from(await block(blocks, cid)).equals(wanted), what)
    t.equal(warnings.length, 1, what)
    t.match(warnings[0], /the index of a\.car is wrong/)
  }
})

t.test('an archive that was replaced is looked into again', async (t) => {
  const { files, open } = counted()
  const [one, two] = [leafBlock('one'), leafBlock('another')]
  files.set('a.car', await archiveOf([one]))
  const blocks = open()
  await block(blocks, one.cid)
  files.set('a.car', await archiveOf([two]))
  await t.rejects(block(blocks, one.cid), { code: 'BLOCK_NOT_FOUND' })
  t.same(Buffer.from(await block(blocks, two.cid)), two.block)
})

t.test('threats 1: a damaged block is INTEGRITY, unless there is a sound copy', async (t) => {
  const { files, open } = counted()
  const { blocks: dag } = largeFile(leavesOf(3, 5000), 10)
  const good = await archiveOf(dag)
  const bad = Buffer.from(good)
  bad[good.indexOf(dag[2]!.block) + 100]! ^= 1
  files.set('bad.car', bad, 2)
  await t.rejects(block(open(), dag[2]!.cid), { code: 'INTEGRITY' })
  const blocks = open()
  await block(blocks, dag[0]!.cid)
  files.set('good.car', good, 1)
  t.ok(Buffer.from(await block(open(), dag[2]!.cid)).equals(dag[2]!.block), 'in another archive')
  await files.remove('good.car', { signal })
  await blocks.putBlock(dag[2]!.cid, dag[2]!.block, { signal })
  t.ok(Buffer.from(await block(blocks, dag[2]!.cid)).equals(dag[2]!.block), 'in its own file')
})

for (const framed of [false, true])
  t.test(`a whole file is one ranged read, leaves ${framed ? 'in frames' : 'raw'}`, async (t) => {
    const { files, open } = counted()
    const { blocks: dag, content } = largeFile(leavesOf(200, 20_000), 60, framed)
    files.set('cars/a.car', await archiveOf(dag))
    const blocks = open()
    await block(blocks, dag[0]!.cid)
    files.reads = files.asked = 0
    const stream = (at: number): Promise<Buffer> =>
      bytesOf(blocks.streams.readFile(dag[0]!.cid, at, { signal }))
    t.ok(content.equals(await stream(0)))
    t.ok(files.reads <= 5, `the root, the node of the last leaf, the first node, all else: ${files.reads}`) // prettier-ignore
    t.ok(files.asked < content.length * 1.02, `${files.asked}`)
    for (const position of [1, 20_000, 1_234_567, 3_999_999, 4_000_000])
      t.ok(content.subarray(position).equals(await stream(position)), `from ${position}`)
  })

t.test('a file whose leaves repeat, or lie in no order, comes as it is all the same', async (t) => {
  const { files, open } = counted()
  const repeated = randomBytes(3000)
  const leaves = Array.from({ length: 60 }, (_, i) => (i % 4 === 3 ? repeated : randomBytes(3000)))
  const { blocks: dag, content } = largeFile([...leaves, repeated], 20)
  files.set('a.car', await archiveOf(dag))
  const read = (blocks: FileBlocks, root: Block): Promise<Buffer> =>
    bytesOf(blocks.streams.readFile(root.cid, 0, { signal }))
  t.ok(content.equals(await read(open(), dag[0]!)))
  const sparse = largeFile(leavesOf(40, 1000), 50)
  const gap = leavesOf(40, 2 << 20).map((bytes) => ({ cid: rawCid(bytes), block: bytes }))
  const between = sparse.blocks.flatMap((leaf, i) => (i === 0 ? [leaf] : [gap[i - 1]!, leaf]))
  files.set('b.car', archiveOfAll(between))
  files.reads = 0
  t.ok(sparse.content.equals(await read(open(), sparse.blocks[0]!)), 'far from each other')
  files.set('b.car', archiveOfAll([...sparse.blocks].reverse()))
  t.ok(sparse.content.equals(await read(open(), sparse.blocks[0]!)), 'the last one first')
})

t.test('an index is kept between processes, and read again where it is damaged', async (t) => {
  const { files, open, warnings } = counted()
  const folder = join(tempFolder(t, 'kept'), 'archives')
  const { blocks: dag } = largeFile(leavesOf(40, 10_000), 50)
  files.set('a.car', await archiveOf(dag))
  const opened = (): FileBlocks => {
    const blocks = open()
    blocks.archives.keepIn(new KeptIndexes(folder))
    return blocks
  }
  const readsOf = async (): Promise<number> => {
    files.reads = 0
    t.ok(Buffer.from(await block(opened(), dag[9]!.cid)).equals(dag[9]!.block))
    return files.reads
  }
  t.equal(await readsOf(), 3, 'header, index, block')
  t.equal(await readsOf(), 1, 'the block alone')
  const [name] = readdirSync(folder)
  const path = join(folder, name!)
  const bytes = readFileSync(path)
  bytes[bytes.length - 1]! ^= 1
  writeFileSync(path, bytes)
  t.equal(await readsOf(), 3, 'a damaged one is read again')
  files.set('a.car', await archiveOf([...dag].reverse().slice(0, 1)))
  files.set('b.car', await archiveOf(dag))
  t.ok((await readsOf()) >= 3, 'one of another version is not used')
  t.same(warnings, [])
  const before = readdirSync(folder).length
  files.set('c.car', await archiveOf(dag))
  await files.remove('b.car', { signal })
  writeFileSync(join(folder, 'of-others'), '')
  await readsOf()
  t.equal(before, 2)
  t.equal(readdirSync(folder).length, 3, 'that of an archive that is gone is gone too')
})

t.test('a damaged block of its own file hides no sound archive', async (t) => {
  const { files, open } = counted()
  const { blocks: dag } = largeFile(leavesOf(2, 1000), 100)
  const { cid, block: sound } = dag[1]!
  const first = open()
  await first.putBlock(cid, sound, { signal })
  const key = toHex(cid.multihash)
  files.set(`blocks/${key.slice(-3, -1)}/${key}.block`, randomBytes(1000))
  await t.rejects(block(open(), cid), { code: 'INTEGRITY' }, 'there is no other')
  files.set('cars/any.car', await archiveOf(dag))
  t.ok(Buffer.from(await block(open(), cid)).equals(sound))
})
