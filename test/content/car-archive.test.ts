/** A DAG as one archive: its size is known before its first byte, and other programs read it. */
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import fc from 'fast-check'
import { storedBlocks, type ArchiveBlocks } from '../../src/content/archive-blocks.js'
import { carArchive, type CarArchive } from '../../src/content/car-archive.js'
import { exportCar } from '../../src/content/car-export.js'
import { verifyCar } from '../../src/content/car-verify.js'
import { PROFILES, withChunker } from '../../src/content/profile.js'
import { EMPTY } from '../../src/core/bytes.js'
import { Cid, DAG_PB, RAW } from '../../src/core/cid.js'
import { CarIndex } from '../../src/formats/car-index.js'
import { CarIndexWriter } from '../../src/formats/car-index-writer.js'
import { CarReader } from '../../src/formats/car-reader.js'
import { encodePb } from '../../src/formats/dag-pb.js'
import { identityCid, memorySource } from '../support/archives.js'
import { addBytes, addTree } from '../support/adding.js'
import { folderBlock, leafBlock, repeatedFile, type Block } from '../support/blocks.js'
import { FIXTURES } from '../support/paths.js'
import { openStore, putBlocks, write } from '../support/stores.js'
import { tempFolder } from '../support/temp.js'
import { Kubo, skipWithoutKubo } from '../servers/kubo.js'

const { signal } = new AbortController()

async function bytesOf(archive: CarArchive): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of archive.content()) pieces.push(piece)
  return Buffer.concat(pieces)
}

const readerOf = (bytes: Uint8Array): CarReader => new CarReader(memorySource(bytes))

/** Blocks as a backend gives them: each takes a turn. */
const slow = (blocks: readonly Block[]): ArchiveBlocks => {
  const known = new Map(blocks.map(({ cid, block }) => [String(cid), block]))
  return {
    getBlock: async (cid) => {
      await new Promise((resolve) => setImmediate(resolve))
      return known.get(String(cid))!
    }
  }
}

t.test('the payload is what car export writes, its index finds every section', async (t) => {
  const { store } = openStore(t)
  const profile = withChunker(PROFILES['unixfs-v1-2025'], 'size-1000')
  const root = await write(store, async (session) => {
    const tree = { 'a.bin': randomBytes(30_000), b: { 'c.txt': Buffer.from('c'), d: new Uint8Array(0) } } // prettier-ignore
    return (await addTree(session, profile, tree)).cid
  })
  const archive = await carArchive(root, storedBlocks(store.reader), { signal })
  const bytes = await bytesOf(archive)
  t.equal(bytes.length, archive.size)
  const reader = readerOf(bytes)
  const { version, dataStart, dataEnd, roots } = reader.header
  t.equal(version, 2)
  t.equal(bytes[11], 0x80, 'fully indexed')
  t.same(roots.map(String), [String(root)])
  const payload = Buffer.concat([...exportCar(root, store.reader)])
  t.ok(payload.equals(bytes.subarray(dataStart, dataEnd)))
  const index = CarIndex.parse(reader.indexBytes()!)
  t.equal(index.count, archive.blocks)
  for (const { cid, offset } of reader.sections())
    t.equal(index.lookUp(cid.hashCode, cid.digest, offset), 'here')
  const warnings: string[] = []
  const warn = (line: string): number => warnings.push(line)
  t.match(await verifyCar(reader, { signal, onBytes: () => undefined, warn }), { blocks: archive.blocks, bad: [], missing: [] }) // prettier-ignore
  t.same(warnings, [], 'car verify finds nothing wrong with the index')
  t.ok(bytes.equals(await bytesOf(archive)), 'the content begins again')
  const plain = await carArchive(root, storedBlocks(store.reader), { signal, version: 1 })
  t.equal(plain.size, payload.length)
  t.ok(payload.equals(await bytesOf(plain)))
})

t.test('an index is byte for byte what go-car writes', async (t) => {
  const bytes = readFileSync(join(FIXTURES, 'go-car', 'sample-wrapped-v2.car'))
  const reader = readerOf(bytes)
  const writer = new CarIndexWriter()
  for (const { cid, offset } of reader.sections()) if (!cid.isIdentity) writer.add(cid, offset)
  const encoded = writer.encode()
  t.equal(encoded.length, writer.encodedLength)
  t.ok(encoded.equals(Buffer.from(reader.indexBytes()!)))
})

t.test('an index is sorted whatever its digests are', async (t) => {
  const digest = fc.oneof(
    fc.uint8Array({ minLength: 20, maxLength: 21 }),
    fc.nat(3).map((n) => Buffer.concat([Buffer.alloc(31), Buffer.of(n)]))
  )
  const entry = fc.tuple(fc.constantFrom(0x12, 0x13, 0xb220), digest)
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { maxLength: 200 }), async (entries) => {
      const writer = new CarIndexWriter()
      entries.forEach(([code, digest], i) => writer.add(Cid.v1(RAW, code, digest), i))
      const index = CarIndex.parse(writer.encode())
      return (
        index.count === entries.length &&
        entries.every(([code, digest], i) => index.lookUp(code, digest, i) === 'here')
      )
    }),
    { numRuns: 200 }
  )
  t.pass('each is found at its place')
})

t.test('a block that is repeated is written once, one that its CID holds is not', async (t) => {
  const inner = leafBlock('inner')
  const file = repeatedFile(Buffer.from('again '), [3, 3])
  const root = folderBlock([
    { name: 'identity', cid: identityCid(Buffer.from('held')) },
    { name: 'one', cid: file[0]!.cid },
    { name: 'other', cid: file[0]!.cid },
    { name: 'v1', cid: inner.cid }
  ])
  const archive = await carArchive(root.cid, slow([root, inner, ...file]), { signal })
  t.equal(archive.blocks, 5)
  const cids = [...readerOf(await bytesOf(archive)).sections()].map(({ cid }) => String(cid))
  t.same(
    cids,
    [root, ...file, inner].map(({ cid }) => String(cid))
  )
  const held = identityCid(encodePb([{ name: Buffer.alloc(0), cid: inner.cid.bytes, tsize: 5 }], EMPTY), DAG_PB) // prettier-ignore
  const ofIdentity = await carArchive(held, slow([inner]), { signal })
  t.equal(ofIdentity.blocks, 1)
  t.equal((await bytesOf(ofIdentity)).length, ofIdentity.size)
})

t.test('no archive has a hole, and none comes to its end with another size', async (t) => {
  const { store } = openStore(t)
  const leaf = leafBlock('a leaf')
  const root = folderBlock([{ name: 'a', cid: leaf.cid }])
  await putBlocks(store, [root])
  await t.rejects(carArchive(root.cid, storedBlocks(store.reader), { signal }), { code: 'BLOCK_NOT_FOUND', message: String(leaf.cid) }) // prettier-ignore
  const unknown = Cid.v1(0x1234, leaf.cid.hashCode, leaf.cid.digest)
  await t.rejects(carArchive(unknown, slow([{ cid: unknown, block: leaf.block }]), { signal }), { code: 'UNSUPPORTED' }) // prettier-ignore
  const lying = { ...slow([root, leaf]), leafLength: (cid: Cid) => (cid.codec === RAW ? 5 : undefined) } // prettier-ignore
  const archive = await carArchive(root.cid, lying, { signal })
  await t.rejects(bytesOf(archive), { code: 'STALE', message: /6 bytes where its source said 5/ })
})

t.test('either pass ends with its signal', async (t) => {
  const reason = new Error('enough')
  const leaf = leafBlock('a leaf')
  await t.rejects(carArchive(leaf.cid, slow([leaf]), { signal: AbortSignal.abort(reason) }), reason)
  const end = new AbortController()
  const archive = await carArchive(leaf.cid, slow([leaf]), { signal: end.signal })
  end.abort(reason)
  await t.rejects(bytesOf(archive), reason)
})

t.test(
  'Kubo imports it after a plain download',
  { ...skipWithoutKubo, timeout: 120_000 },
  async (t) => {
    // prettier-ignore
    const { store } = openStore(t)
    const folder = tempFolder(t, 'archive')
    const kubo = await Kubo.init(folder)
    const content = randomBytes(3_000_000)
    for (const profile of ['unixfs-v1-2025', 'unixfs-v0-2015'] as const) {
      const { cid } = await write(store, (session) => addBytes(session, PROFILES[profile], content))
      for (const version of [1, 2] as const) {
        const archive = await carArchive(cid, storedBlocks(store.reader), { signal, version })
        const file = join(folder, 'a.car')
        writeFileSync(file, await bytesOf(archive))
        t.match(await kubo.ipfs('dag', 'import', '--stats', file), new RegExp(`Pinned root.*${cid}.*success[^]*Imported ${archive.blocks} blocks`)) // prettier-ignore
        t.ok(content.equals(await kubo.bytes('cat', String(cid))))
        await kubo.ipfs('pin', 'rm', String(cid))
        await kubo.ipfs('repo', 'gc', '-q')
      }
    }
  }
)
