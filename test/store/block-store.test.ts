/** Sessions, publishing, recovery, collection, checking: one owner, in this process. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import t from 'tap'
import fc from 'fast-check'
import { chunkTable, partCid } from '../../src/formats/chunk-table.js'
import { describeBlock } from '../../src/formats/describe-block.js'
import { PROFILES, withChunker } from '../../src/content/profile.js'
import { below, leavesOf } from '../../src/content/walk.js'
import { Cid, DAG_PB, RAW } from '../../src/core/cid.js'
import { BLAKE3, hashFor, SHA2_512 } from '../../src/core/hash.js'
import { BlockStore } from '../../src/store/block-store.js'
import { fsck } from '../../src/store/fsck.js'
import { collectGarbage } from '../../src/store/gc.js'
import { StoreLayout } from '../../src/store/layout.js'
import { StoreReader } from '../../src/store/reader.js'
import { rebuildIndex } from '../../src/store/rebuild.js'
import { withoutWriters } from '../../src/store/writer-lock.js'
import { WriteSession } from '../../src/store/session.js'
import { addBytes, addTree } from '../support/adding.js'
import { contentOf, openStore, pinOf, rawCid, write } from '../support/stores.js'
import { tempFolder } from '../support/temp.js'

/** A signal that nobody aborts. */
const LIVE = new AbortController().signal

const v1 = PROFILES['unixfs-v1-2025']
const filled = (size: number, seed: number): Buffer => {
  const bytes = Buffer.alloc(size)
  let x = seed + 1
  for (let i = 0; i < size; i++) bytes[i] = (x = (Math.imul(x, 1664525) + 1013904223) >>> 0) >>> 24
  return bytes
}

const readAll = (reader: StoreReader, cid: Cid): Buffer => {
  const content = contentOf(reader)
  const bytes = Buffer.alloc(content.stat(cid).size)
  const n = content.read(cid, 0, bytes, 0, bytes.length)
  return bytes.subarray(0, n)
}

const check = (store: BlockStore, repair = false) => {
  const content = contentOf(store.reader)
  return fsck(store, {
    readData: true,
    repair,
    below: (roots) => below(roots, content),
    leavesOf: (root) => leavesOf(root, content),
    signal: LIVE,
    onBytes: () => undefined
  })
}

const rebuild = (home: string) =>
  rebuildIndex(new StoreLayout(home), {
    describe: describeBlock,
    parts: (cid, block) => {
      if (cid.codec !== DAG_PB || describeBlock(cid.codec, block).kind !== 2) return undefined
      const table = chunkTable(cid, block)
      if (table.ends.length === 0) return undefined
      return Array.from(table.ends, (end, i) => ({
        cid: partCid(table, i),
        size: end - (i === 0 ? table.inline.length : table.ends[i - 1]!)
      }))
    }
  })

t.test('nothing of a session is visible before it is published, all of it after', async (t) => {
  const { store, home } = openStore(t)
  const session = new WriteSession(store.reader)
  const { cid } = await addBytes(session, v1, filled(3 << 20, 1))
  session.finish()
  t.notOk(new StoreReader(home).has(cid.key))
  store.publish(session.id, [pinOf(cid)])
  session.close()
  const reader = new StoreReader(home)
  t.ok(readAll(reader, cid).equals(filled(3 << 20, 1)))
  t.ok(store.pins.pins.has(String(cid)))
  t.not(reader.find(cid.key)!.whole, 0, 'as one contiguous file')
  t.same(readdirSync(store.layout.incoming), [])
})

t.test('publishing the same session twice changes nothing', async (t) => {
  const { store } = openStore(t)
  const session = new WriteSession(store.reader)
  const { cid } = await addBytes(session, v1, filled(5000, 1))
  session.finish()
  store.publish(session.id, [])
  const { generation } = store.reader.manifest
  store.publish(session.id, [pinOf(cid)])
  t.equal(store.reader.manifest.generation, generation)
  session.close()
})

t.test('content that is stored already is not stored again', async (t) => {
  const { store } = openStore(t)
  const add = () => write(store, (session) => addBytes(session, v1, filled(3 << 20, 2)))
  await add()
  const { generation } = store.reader.manifest
  const files = () => readdirSync(store.layout.files, { recursive: true }).length
  const before = files()
  await add()
  t.equal(files(), before)
  t.equal(store.reader.manifest.generation, generation, 'not even a new index')
})

t.test('threats 53: sessions of dead writers are removed, living ones are kept', async (t) => {
  const { store, home } = openStore(t)
  const living = new WriteSession(store.reader)
  const dead = join(store.layout.incoming, '00000000000ab')
  mkdirSync(dead)
  writeFileSync(join(dead, 'x'), 'half')
  utimesSync(dead, 1, 1)
  writeFileSync(store.layout.pack(77), 'orphan')
  const again = BlockStore.open(home, { warn: () => undefined })
  t.notOk(existsSync(dead))
  t.ok(existsSync(store.layout.session(living.id)))
  t.notOk(existsSync(store.layout.pack(77)), 'a pack that no manifest names')
  again.close()
  living.close()
})

t.test('a session that cannot begin keeps no lock that gc would wait for', async (t) => {
  const { home, store } = openStore(t)
  const reader = new StoreReader(home)
  t.teardown(() => reader.close())
  const manifest = readFileSync(store.layout.manifest)
  writeFileSync(store.layout.manifest, 'no manifest')
  t.throws(() => new WriteSession(reader), { code: 'CORRUPT_FORMAT' })
  writeFileSync(store.layout.manifest, manifest)
  t.same(readdirSync(store.layout.incoming), [])
  t.equal(await withoutWriters(store.layout, AbortSignal.abort(), async () => 'alone'), 'alone')
})

t.test('many small sessions keep the index in few segments', async (t) => {
  const { store } = openStore(t)
  const cids: Cid[] = []
  for (let i = 0; i < 60; i++)
    cids.push(
      (await write(store, (session) => addBytes(session, v1, Buffer.from(`file ${i}`)))).cid
    )
  t.ok(store.reader.segments.length < 12, `${store.reader.segments.length} segments`)
  for (const [i, cid] of cids.entries()) t.equal(readAll(store.reader, cid).toString(), `file ${i}`)
})

t.test('gc keeps what pins reach, frees the rest, and every kept byte is the same', async (t) => {
  const { store } = openStore(t)
  const small = withChunker(v1, 'size-1000')
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ size: fc.nat(6000), seed: fc.nat(3), keep: fc.boolean() }), {
        maxLength: 8
      }),
      async (files) => {
        const added = await write(store, async (session) => {
          const all = []
          for (const { size, seed, keep } of files) {
            const { cid } = await addBytes(session, small, filled(size, seed))
            all.push({ cid, keep, size, seed })
          }
          return all
        })
        store.pins.remove([...store.pins.pins.keys()])
        const keep = added.filter((file) => file.keep)
        store.pins.add(keep.map(({ cid }) => pinOf(cid)))
        await collectGarbage(store, LIVE)
        for (const { cid, size, seed } of keep)
          if (!readAll(store.reader, cid).equals(filled(size, seed))) return false
        const kept = new Set(keep.map(({ cid }) => String(cid)))
        for (const { cid, size } of added)
          if (size > 1000 && !kept.has(String(cid)) && store.reader.has(cid.key)) return false
        const report = await check(store)
        return report.bad.length === 0 && report.missing.length === 0
      }
    ),
    { numRuns: 40 }
  )
  store.pins.remove([...store.pins.pins.keys()])
  await collectGarbage(store, LIVE)
  t.equal((await check(store)).blocks, 0)
  t.same(readdirSync(store.layout.packs), [], 'no pack is left')
})

t.test('a direct pin keeps its block alone', async (t) => {
  const { store } = openStore(t)
  const { cid } = await write(store, (session) => addTree(session, v1, { a: Buffer.from('leaf') }))
  store.pins.add([pinOf(cid, 'direct')])
  await collectGarbage(store, LIVE)
  t.ok(store.reader.has(cid.key))
  t.notOk(store.reader.has(rawCid(Buffer.from('leaf')).key))
})

t.test('gc waits for writers', async (t) => {
  const { store } = openStore(t)
  const session = new WriteSession(store.reader)
  const { cid } = await addBytes(session, v1, Buffer.from('being written'))
  let done = false
  const collecting = withoutWriters(store.layout, LIVE, () => collectGarbage(store, LIVE)).then(
    () => (done = true)
  )
  await new Promise((resolve) => setTimeout(resolve, 100))
  t.notOk(done)
  session.finish()
  store.publish(session.id, [pinOf(cid)])
  session.close()
  await collecting
  t.equal(readAll(store.reader, cid).toString(), 'being written')
})

t.test('threats 49: fsck finds a flipped byte anywhere, and repair takes it out', async (t) => {
  const { store } = openStore(t)
  const bytes = filled(3 << 20, 4)
  const { cid } = await write(store, (session) => addBytes(session, v1, bytes), [
    pinOf(rawCid(Buffer.from('x')))
  ])
  await write(store, (session) => addTree(session, v1, { small: Buffer.from('in a pack') }))
  t.equal((await check(store)).bad.length, 0)
  const whole = store.layout.file(store.reader.find(cid.key)!.whole)
  flip(whole, (1 << 20) + 5)
  const report = await check(store)
  t.ok(report.bad.some(({ where }) => where.startsWith(whole)))
  await check(store, true)
  t.throws(() => readAll(store.reader, cid), { code: 'BLOCK_NOT_FOUND' }, 'missing, not wrong')
  await write(store, (session) => addBytes(session, v1, bytes))
  t.ok(readAll(store.reader, cid).equals(bytes), 'added again')
  t.equal((await check(store)).bad.length, 0)
})

t.test(
  'a damaged contiguous file whose leaves lie elsewhere too is read by its leaves',
  async (t) => {
    const { store } = openStore(t)
    const chunk = filled(1 << 20, 9)
    const bytes = Buffer.concat([chunk, chunk, chunk])
    const { cid } = await write(store, (session) => addBytes(session, v1, bytes))
    flip(store.layout.file(store.reader.find(cid.key)!.whole), (1 << 20) + 5)
    t.equal((await check(store)).bad.length, 1)
    await check(store, true)
    t.ok(readAll(store.reader, cid).equals(bytes))
  }
)

t.test('fsck finds a pack that was cut short', async (t) => {
  const { store } = openStore(t)
  await write(store, (session) =>
    addTree(session, v1, { a: Buffer.from('aaaa'), b: Buffer.from('bbbb') })
  )
  const [pack] = readdirSync(store.layout.packs)
  const path = join(store.layout.packs, pack!)
  truncateSync(path, statSync(path).size - 3)
  t.match((await check(store)).bad, [{ reason: /ends at/ }])
})

t.test('threats 11: fsck reports what a pinned DAG lacks without calling it damage', async (t) => {
  const { store } = openStore(t)
  const absent = rawCid(Buffer.from('absent'))
  store.pins.add([pinOf(absent)])
  const report = await check(store)
  t.same(report.missing, [String(absent)])
  t.same(report.bad, [])
})

t.test('threats 50: a lost index and manifest are built again from the files alone', async (t) => {
  const { store, home } = openStore(t)
  const small = withChunker(v1, 'size-4096')
  const files = [filled(5000, 1), filled(900_000, 2), filled(3 << 20, 3)]
  const framed = withChunker(PROFILES['unixfs-v0-2015'], 'size-5000')
  const cids: Cid[] = []
  for (const [i, bytes] of files.entries())
    cids.push(
      (await write(store, (session) => addBytes(session, i === 1 ? framed : small, bytes))).cid
    )
  store.pins.add(cids.map((cid) => pinOf(cid)))
  for (const name of readdirSync(store.layout.index)) rmSync(join(store.layout.index, name))
  writeFileSync(store.layout.manifest, 'garbage\n')
  t.throws(() => new StoreReader(home), { code: 'CORRUPT_FORMAT' })
  const report = rebuild(home)
  t.same(report.lost, [])
  t.equal(report.files, 3)
  const again = BlockStore.open(home, { warn: () => undefined })
  for (const [i, cid] of cids.entries()) t.ok(readAll(again.reader, cid).equals(files[i]!))
  t.equal((await check(again)).bad.length, 0)
  again.close()
})

t.test(
  'threats 50: a manifest that is gone, cut or from the future is an error, never an empty store',
  async (t) => {
    const { store, home } = openStore(t)
    await write(store, (session) => addBytes(session, v1, filled(100, 1)))
    const { manifest } = store.layout
    const intact = readFileSync(manifest)
    rmSync(manifest)
    t.throws(() => new StoreReader(home), { code: 'CORRUPT_FORMAT', message: /gone.*--repair/ })
    writeFileSync(manifest, intact.subarray(0, 40))
    t.throws(() => new StoreReader(home), { code: 'CORRUPT_FORMAT', message: /damaged.*--repair/ })
    const body = intact.toString().split('\n')[0]!.replace('"version":1', '"version":2')
    writeFileSync(manifest, `${body}\n${crc32(body).toString(16).padStart(8, '0')}\n`)
    t.throws(() => new StoreReader(home), { code: 'NEWER_FORMAT', message: /newer/ })
    writeFileSync(manifest, intact)
    t.ok(new StoreReader(home).segments.length > 0)
  }
)

t.test('threats 49 and 50: an index segment or bytes that are gone are an error', async (t) => {
  const { store, home } = openStore(t)
  const { cid } = await write(store, (session) => addBytes(session, v1, filled(2 << 20, 1)))
  const small = await write(store, (session) => addBytes(session, v1, filled(100, 2)))
  truncateSync(store.layout.file(store.reader.find(cid.key)!.whole), (1 << 20) + 10)
  t.throws(() => readAll(store.reader, cid), { code: 'IO' }, 'never fewer bytes than promised')
  truncateSync(store.layout.pack(store.reader.find(small.cid.key)!.source), 60)
  t.throws(() => readAll(store.reader, small.cid), { code: 'IO' })
  for (const name of readdirSync(store.layout.index)) rmSync(join(store.layout.index, name))
  t.throws(() => new StoreReader(home), { code: 'CORRUPT_FORMAT', message: /index segment/ })
})

t.test(
  'threats 53: a session whose contents were never written whole is one that never finished',
  async (t) => {
    const home = tempFolder(t, 'store')
    BlockStore.open(home, { warn: () => undefined }).close()
    const folder = join(new StoreLayout(home).incoming, '0000000000abc')
    for (const text of ['', '{"session":']) {
      mkdirSync(folder, { recursive: true })
      writeFileSync(join(folder, 'session.json'), text)
      utimesSync(folder, 1, 1)
      const again = BlockStore.open(home, { warn: () => undefined })
      t.notOk(existsSync(folder))
      again.close()
    }
  }
)

t.test('threats 49: gc takes nothing away below a node that is rotten', async (t) => {
  const { store } = openStore(t)
  const { cid } = await write(store, (session) => addTree(session, v1, { a: filled(100, 1) }))
  store.pins.add([pinOf(cid)])
  const record = store.reader.find(cid.key)!
  const path = store.layout.pack(record.source)
  flip(path, record.offset + 3)
  await t.rejects(collectGarbage(store, LIVE), {
    code: 'INTEGRITY',
    message: /nothing was collected/
  })
  t.ok(store.reader.find(rawCid(filled(100, 1)).key), 'its child is there')
})

t.test('fsck finds damage in blocks of every hash function', async (t) => {
  const { store } = openStore(t)
  for (const code of [SHA2_512, BLAKE3]) {
    const block = filled(1000, code)
    const cid = Cid.v1(RAW, code, hashFor(code)!.digest(block))
    await write(store, (session) => session.put(cid, block, describeBlock(RAW, block)))
    const record = store.reader.find(cid.key)!
    t.equal((await check(store)).bad.length, 0)
    flip(store.layout.pack(record.source), record.offset + 10)
    t.equal((await check(store)).bad.length, 1)
    await check(store, true)
  }
})

t.test('threats 50: a changed byte anywhere in an index is noticed, never believed', async (t) => {
  const { store, home } = openStore(t)
  const { cid } = await write(store, (session) => addBytes(session, v1, filled(1000, 1)))
  store.pins.add([pinOf(cid)])
  const path = store.layout.segment(store.reader.manifest.segments[0]!.id)
  const intact = readFileSync(path)
  // Bytes 12 to 63 of the header are not used.
  const used = [...intact.keys()].filter((at) => at < 12 || at >= 64)
  for (const at of used) {
    const bytes = Buffer.from(intact)
    bytes[at]! ^= 4
    writeFileSync(path, bytes)
    t.throws(() => new StoreReader(home), { code: 'CORRUPT_FORMAT', message: path }, `byte ${at}`)
  }
  t.same(rebuild(home).lost, [])
})

t.test(
  'gc takes away whole files that a dead publish left, and its own when it fails',
  async (t) => {
    const { store } = openStore(t)
    const { cid } = await write(store, (session) => addBytes(session, v1, filled(2 << 20, 1)), [
      pinOf(rawCid(Buffer.from('x')))
    ])
    const whole = store.layout.file(store.reader.find(cid.key)!.whole)
    const orphan = store.layout.file(0x76_0000_0000_001)
    mkdirSync(dirname(orphan), { recursive: true })
    writeFileSync(orphan, 'left behind')
    await collectGarbage(store, LIVE)
    t.notOk(existsSync(orphan))
    t.notOk(existsSync(whole), 'not pinned')
  }
)

t.test('threats 54: when fsync fails the session is refused and nothing is left', async (t) => {
  const { store } = openStore(t)
  const session = new WriteSession(store.reader)
  await addBytes(session, v1, filled(100, 1))
  rmSync(store.layout.session(session.id), { recursive: true })
  t.throws(() => session.finish())
  session.close()
  t.equal(store.reader.manifest.generation, 0)
})

function flip(path: string, at: number): void {
  const bytes = readFileSync(path)
  bytes[at]! ^= 1
  writeFileSync(path, bytes)
}
