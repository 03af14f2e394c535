/** What somebody changed in the store's files is hashed before it is served. */
import { createCipheriv, createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs' // prettier-ignore
import t from 'tap'
import { PROFILES, withChunker } from '../../src/content/profile.js'
import { Cid, RAW } from '../../src/core/cid.js'
import { BLAKE3, hashFor, SHA2_256, SHA2_512 } from '../../src/core/hash.js'
import { describeBlock } from '../../src/formats/describe-block.js'
import { BlockStore } from '../../src/store/block-store.js'
import { StoreReader } from '../../src/store/reader.js'
import { SealWriter } from '../../src/store/seal-writer.js'
import { isAsSealed, Seals } from '../../src/store/seals.js'
import { StoreLayout } from '../../src/store/layout.js'
import { addBytes } from '../support/adding.js'
import { TestClock } from '../support/clock.js'
import { contentOf, openStore, write } from '../support/stores.js'
import { tempFolder } from '../support/temp.js'

const v1 = PROFILES['unixfs-v1-2025']
const FRAMED = withChunker(PROFILES['unixfs-v0-2015'], 'size-5000')

/** Bytes that do not repeat, the same for the same seed. */
const filled = (size: number, seed: string): Buffer => {
  const key = createHash('sha256').update(seed).digest()
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size))
}

/** Changes one bit of a file in its place, and keeps its mtime, as only a bad disk would. */
function flip(path: string, at: number): void {
  const { atimeMs, mtimeMs } = statSync(path)
  const bytes = readFileSync(path)
  bytes[at]! ^= 1
  writeFileSync(path, bytes)
  utimesSync(path, atimeMs / 1000, mtimeMs / 1000)
}

const readAll = (reader: StoreReader, cid: Cid): Buffer => {
  const content = contentOf(reader)
  const bytes = Buffer.alloc(content.stat(cid).size)
  return bytes.subarray(0, content.read(cid, 0, bytes, 0, bytes.length))
}

for (const [name, profile] of [
  ['whole file of raw leaves', v1],
  ['whole file of framed leaves', FRAMED]
] as const)
  t.test(`threats 49: a bit of a ${name} that somebody changed is never served`, async (t) => {
    const { store, home } = openStore(t)
    const bytes = filled(3 << 20, name)
    const { cid } = await write(store, (session) => addBytes(session, profile, bytes))
    const { whole } = store.reader.find(cid.key)!
    const path = store.layout.file(whole)
    t.same(contentOf(store.reader).contiguous(cid), { path, size: bytes.length })
    flip(path, 1_500_000)
    const reader = new StoreReader(home)
    t.teardown(() => reader.close())
    const content = contentOf(reader)
    t.equal(content.contiguous(cid), undefined, 'the kernel is not given the file')
    t.throws(() => readAll(reader, cid), { code: 'INTEGRITY', message: path })
    t.throws(() => readAll(reader, cid), { message: /fsck --read-data --repair/ })
    const part = Buffer.alloc(100_000)
    t.equal(content.read(cid, 0, part, 0, part.length), part.length, 'the rest of it is read')
    t.ok(part.equals(bytes.subarray(0, part.length)))
  })

t.test('threats 49: nor is a bit of a pack, while others of its blocks are read', async (t) => {
  const { store, home } = openStore(t)
  const { one, other } = await write(store, async (session) => ({
    one: (await addBytes(session, v1, filled(1000, 'one'))).cid,
    other: (await addBytes(session, v1, filled(1000, 'other'))).cid
  }))
  const { source, offset } = store.reader.find(one.key)!
  flip(store.layout.pack(source), offset + 17)
  const reader = new StoreReader(home)
  t.teardown(() => reader.close())
  t.throws(() => readAll(reader, one), { code: 'INTEGRITY', message: store.layout.pack(source) })
  t.throws(() => reader.get(one), { code: 'INTEGRITY' })
  t.ok(readAll(reader, other).equals(filled(1000, 'other')))
})

t.test('threats 49: blocks of every hash are hashed, those with cut digests too', async (t) => {
  const { store, home } = openStore(t)
  const block = filled(1000, 'hashes')
  const cids = [SHA2_256, SHA2_512, BLAKE3].flatMap((code) => {
    const digest = hashFor(code)!.digest(block)
    return [digest, digest.subarray(0, 20)].map((cut) => Cid.v1(RAW, code, cut))
  })
  await write(store, (session) => {
    for (const cid of cids) session.put(cid, block, describeBlock(RAW, block))
  })
  const path = store.layout.pack(store.reader.find(cids[0]!.key)!.source)
  flip(path, 3)
  const reader = new StoreReader(home)
  t.ok(cids.every((cid) => Buffer.from(reader.get(cid)).equals(block)))
  reader.close()
  for (const cid of cids) flip(path, store.reader.find(cid.key)!.offset)
  const again = new StoreReader(home)
  for (const cid of cids) t.throws(() => again.get(cid), { code: 'INTEGRITY' }, String(cid))
  again.close()
})

t.test('threats 49: a file that was open before it was changed is looked at again', async (t) => {
  const { store, home } = openStore(t)
  const { cid } = await write(store, (session) => addBytes(session, v1, filled(3 << 20, 'open')))
  const clock = new TestClock()
  const reader = new StoreReader(home, clock)
  t.teardown(() => reader.close())
  t.ok(readAll(reader, cid).equals(filled(3 << 20, 'open')))
  const path = store.layout.file(reader.find(cid.key)!.whole)
  flip(path, 2_000_000)
  t.equal(contentOf(reader).contiguous(cid), undefined, 'at once, where the kernel would read it')
  clock.advance(1000)
  t.throws(() => readAll(reader, cid), { code: 'INTEGRITY', message: path })
})

t.test('threats 49: what stands in a file’s place is never served', async (t) => {
  const { store, home } = openStore(t)
  const bytes = filled(3 << 20, 'place')
  const { cid } = await write(store, (session) => addBytes(session, v1, bytes))
  const path = store.layout.file(store.reader.find(cid.key)!.whole)
  const aside = `${path}.aside`
  renameSync(path, aside)
  const states: [string, () => void, RegExp][] = [
    ['nothing', () => undefined, /is gone.*fsck --read-data --repair/],
    ['a folder', () => mkdirSync(path), /is no file; move it away/],
    ['other bytes', () => writeFileSync(path, filled(bytes.length, 'x')), /damaged at byte 0/],
    ['too few', () => writeFileSync(path, bytes.subarray(0, 1000)), /cut short/],
    ['its own bytes', () => writeFileSync(path, bytes), /^$/]
  ]
  for (const [name, make, message] of states) {
    make()
    const reader = new StoreReader(home)
    if (name === 'its own bytes') t.ok(readAll(reader, cid).equals(bytes), name)
    else t.throws(() => readAll(reader, cid), { message }, name)
    reader.close()
    rmSync(path, { recursive: true, force: true })
  }
})

t.test('without its seals a store is read, and its owner seals the index anew', async (t) => {
  const { store, home } = openStore(t)
  const bytes = filled(3 << 20, 'seals')
  const { cid } = await write(store, (session) => addBytes(session, v1, bytes))
  const { seals } = store.layout
  const make: (() => void)[] = [
    () => undefined,
    () => mkdirSync(seals),
    () => writeFileSync(seals, ''),
    () => writeFileSync(seals, Buffer.alloc(70_000, 7))
  ]
  for (const made of make) {
    rmSync(seals, { recursive: true, force: true })
    made()
    const reader = new StoreReader(home)
    t.ok(readAll(reader, cid).equals(bytes))
    t.equal(contentOf(reader).contiguous(cid), undefined)
    reader.close()
    const owner = BlockStore.open(home, { warn: () => undefined })
    const { segments } = owner.reader.manifest
    t.ok(segments.every(({ id }) => owner.reader.isSegmentSealed(id)))
    owner.close()
  }
})

t.test('a table of seals grows, forgets files that are gone, and fails slot by slot', async (t) => {
  const layout = new StoreLayout(tempFolder(t, 'seals'))
  mkdirSync(layout.packs, { recursive: true })
  const writer = new SealWriter(layout)
  t.teardown(() => writer.close())
  const ids = Array.from({ length: 2000 }, (_, i) => i * 7_919_000_003 + 100)
  const paths = ids.map((id) => ({ id, path: layout.pack(id) }))
  for (const { id, path } of paths) writeFileSync(path, String(id))
  writer.seal(paths.slice(0, 400), 5)
  for (const { path } of paths.slice(0, 100)) rmSync(path)
  const seals = new Seals(layout.seals)
  t.teardown(() => seals.close())
  t.ok(seals.find(ids[300]!))
  writer.seal(paths.slice(400), 5)
  const sealed = (id: number): boolean => isAsSealed(seals.find(id), statSync(layout.pack(id)))
  t.ok(ids.slice(100).every(sealed), 'read from the larger table')
  t.same(
    ids.slice(0, 100).filter((id) => seals.find(id)),
    []
  )
  writer.markDamaged(paths[500]!)
  t.notOk(sealed(ids[500]!))
  t.equal(seals.find(ids[501]!)?.verifiedAt, 5)
  const bytes = readFileSync(layout.seals)
  for (let at = 64 + 20; at < bytes.length; at += 128) bytes[at]! ^= 1
  writeFileSync(layout.seals, bytes)
  const kept = ids.slice(100).filter(sealed).length
  t.ok(kept > 500 && kept < 1500, `${kept} seals are left`)
  truncateSync(layout.seals, 100)
  t.equal(ids.slice(100).filter((id) => seals.find(id)).length, 0)
})
