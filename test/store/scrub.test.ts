/** What the scrub puts on record, and what it leaves alone, while others go on in the store. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import t from 'tap'
import { leavesOf } from '../../src/content/walk.js'
import { PROFILES, withChunker } from '../../src/content/profile.js'
import { Cid, RAW } from '../../src/core/cid.js'
import { BLAKE3, hashFor, SHA2_256 } from '../../src/core/hash.js'
import { Turns } from '../../src/core/turns.js'
import { describeBlock } from '../../src/formats/describe-block.js'
import type { BlockStore } from '../../src/store/block-store.js'
import { currentRecords } from '../../src/store/current-records.js'
import { collectGarbage } from '../../src/store/gc.js'
import { heal } from '../../src/store/heal.js'
import { StoreReader } from '../../src/store/reader.js'
import { findDue, type Due } from '../../src/store/scrub-due.js'
import { scrub } from '../../src/store/scrub.js'
import { Seals } from '../../src/store/seals.js'
import { addBytes, addTree } from '../support/adding.js'
import { TestClock } from '../support/clock.js'
import { contentOf, openStore, pinOf, write } from '../support/stores.js'

const LIVE = new AbortController().signal
const HOUR_MS = 3_600_000
const WEEK_MS = 7 * 24 * HOUR_MS
const cut = withChunker(PROFILES['unixfs-v1-2025'], 'size-16384')

const leaves = (reader: StoreReader) => (root: Cid) => leavesOf(root, contentOf(reader))

const due = (store: BlockStore, now: number): Promise<Due> =>
  findDue(store, {
    before: now - WEEK_MS,
    retryBefore: now - HOUR_MS,
    absent: new Set(),
    turns: new Turns(LIVE)
  })

/** Scrubs what is due, with some work whenever bytes were hashed. */
const scrubbed = async (
  store: BlockStore,
  clock: TestClock,
  pace: (bytes: number) => Promise<void> = () => Promise.resolve()
) =>
  scrub(store, await due(store, clock.now()), {
    leavesOf: leaves,
    turns: new Turns(LIVE),
    pace,
    clock
  })

/** Adds a folder with a file, in a pack of its own. */
const addFolder = (store: BlockStore, text: string, isPinned: boolean): Promise<Cid> =>
  write(
    store,
    async (session) => (await addTree(session, cut, { [text]: Buffer.from(text) })).cid
  ).then((cid) => {
    if (isPinned) store.addPins([pinOf(cid)])
    return cid
  })

t.test('threats 49: what gc moves or removes while bytes are hashed is no damage', async (t) => {
  const { home, store } = openStore(t)
  const clock = new TestClock()
  const kept = await addFolder(store, 'kept', true)
  for (const text of ['one', 'two', 'three']) await addFolder(store, text, false)
  const moved = await write(store, async (session) => {
    await addTree(session, cut, { garbage: Buffer.alloc(3000, 'garbage') })
    return (await addTree(session, cut, { moved: Buffer.from('moved') })).cid
  })
  store.addPins([pinOf(moved)])
  const whole = await write(store, (session) => addBytes(session, cut, Buffer.alloc(50_000, 'x')))
  t.not(store.reader.find(whole.cid.key)!.whole, 0)
  const before = store.reader.find(moved.key)!.source
  rmSync(store.layout.seals)
  let collected = 0
  const { faults } = await scrubbed(store, clock, async () => {
    if (collected === 0) collected = (await collectGarbage(store, LIVE)).removedBlocks
  })
  t.ok(collected > 3)
  t.not(store.reader.find(moved.key)!.source, before, 'it lies in another pack now')
  t.same(faults, [])
  const reader = new StoreReader(home)
  t.teardown(() => reader.close())
  for (const cid of [kept, moved]) t.ok(reader.get(cid).length > 0)
  const seals = new Seals(store.layout.seals)
  t.teardown(() => seals.close())
  for (const { id } of reader.manifest.packs) t.not(seals.find(id)?.isDamaged, true)
})

t.test('each pack is sealed as soon as it is hashed', async (t) => {
  const { store } = openStore(t)
  const clock = new TestClock()
  for (const text of ['one', 'two', 'three']) await addFolder(store, text, true)
  rmSync(store.layout.seals)
  let steps = 0
  const ended = scrubbed(store, clock, async () => {
    if (steps++ === 5) throw new Error('the engine ends')
  })
  await t.rejects(ended, /the engine ends/)
  const seals = new Seals(store.layout.seals)
  t.teardown(() => seals.close())
  const sealed = store.reader.manifest.packs.filter(({ id }) => seals.find(id) !== undefined)
  t.ok(sealed.length > 0 && sealed.length < 3, `${sealed.length} of 3`)
})

t.test('a file whose leaves lie elsewhere is hashed as slowly as any other', async (t) => {
  const { store } = openStore(t)
  const parts = ['a', 'b', 'c'].map((name) => Buffer.alloc(16_384, name))
  await write(store, (session) => addBytes(session, cut, Buffer.concat(parts)))
  const turned = Buffer.concat(parts.toReversed())
  const { cid } = await write(store, (session) => addBytes(session, cut, turned))
  t.not(store.reader.find(cid.key)!.whole, 0)
  rmSync(store.layout.seals)
  const steps: number[] = []
  await scrubbed(store, new TestClock(), async (bytes) => void steps.push(bytes))
  t.ok(steps.reduce((sum, bytes) => sum + bytes) > 6 * 16_384)
  t.ok(Math.max(...steps) <= 16_384, steps.join())
})

t.test('what no record leads to is looked at once, also when it is gone', async (t) => {
  const { store } = openStore(t)
  const clock = new TestClock()
  const cid = await addFolder(store, 'superseded', true)
  const { source } = store.reader.find(cid.key)!
  const stray = store.layout.file(0x123456789abcd)
  mkdirSync(dirname(stray), { recursive: true })
  writeFileSync(stray, 'stray')
  mkdirSync(store.layout.file(0x123456789abce))
  await write(store, async (session) => {
    for await (const { key, record } of currentRecords(
      store.reader.index,
      () => true,
      new Turns(LIVE)
    )) {
      const block = store.reader.readBlock(record)
      session.replace(
        Cid.v1(record.codec, SHA2_256, key),
        block,
        describeBlock(record.codec, block)
      )
    }
  })
  rmSync(store.layout.pack(source))
  t.same((await scrubbed(store, clock)).faults, [])
  const { objects, hashedSince } = await due(store, clock.now())
  t.same([...objects], [])
  t.not(hashedSince, undefined)
})

t.test('threats 49: copies are stored in batches, and none waits for the network', async (t) => {
  const { home, store } = openStore(t)
  const clock = new TestClock()
  const profile = withChunker(PROFILES['unixfs-v1-2025'], 'size-1048576')
  const bytes = Buffer.alloc(66 << 20)
  for (let i = 0; i < bytes.length; i += 4096) bytes.writeUInt32LE(i, i)
  const { cid } = await write(store, (session) => addBytes(session, profile, bytes))
  const path = store.layout.file(store.reader.find(cid.key)!.whole)
  rmSync(path)
  const { faults, absent } = await scrub(
    store,
    { objects: new Set(), known: new Set() },
    { leavesOf: leaves, turns: new Turns(LIVE), pace: () => Promise.resolve(), clock }
  )
  t.equal(absent.size, 1)
  const blocks = new Map(
    [...leavesOf(cid, contentOf(store.reader))].map((leaf, i) => [
      String(leaf.cid),
      bytes.subarray(i << 20, (i + 1) << 20)
    ])
  )
  t.equal(faults.length, blocks.size + 1)
  let published = 0
  const healed = await heal(faults, {
    home,
    leavesOf: leaves,
    fetched: async (one) => {
      t.same(store.reader.manifest.packs.length, 1 + published, 'no session is open')
      return blocks.get(String(one))
    },
    publish: async (session) => {
      published++
      store.publish(session, [])
    },
    turns: new Turns(LIVE)
  })
  t.equal(healed, blocks.size + 1)
  t.equal(published, 3)
  t.equal(store.reader.find(cid.key)!.whole, 0)
})

t.test(
  'threats 49: a block with another hash is named by its key, and never healed in name',
  async (t) => {
    const { home, store } = openStore(t)
    const clock = new TestClock()
    const block = Buffer.from('another hash')
    const cid = Cid.v1(RAW, BLAKE3, hashFor(BLAKE3)!.digest(block))
    await write(store, async (session) => session.put(cid, block, describeBlock(RAW, block)))
    rmSync(store.layout.pack(store.reader.find(cid.key)!.source))
    const { faults } = await scrubbed(store, clock)
    t.equal(faults.length, 1)
    const healed = await heal(faults, {
      home,
      leavesOf: leaves,
      fetched: async () => {
        throw new Error('its CID is not known')
      },
      publish: async () => {
        throw new Error('there is nothing to publish')
      },
      turns: new Turns(LIVE)
    })
    t.equal(healed, 0)
  }
)
