/** The scrub: what rots silently is found, healed where there is a copy, and never served. */
import { createCipheriv, createHash } from 'node:crypto'
import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { PROFILES, withChunker } from '../../src/content/profile.js'
import { leavesOf } from '../../src/content/walk.js'
import { toHex } from '../../src/core/bytes.js'
import type { Cid } from '../../src/core/cid.js'
import { KitError } from '../../src/core/errors.js'
import { makeLog } from '../../src/core/log.js'
import type { News } from '../../src/operations/events.js'
import { LocalOwner } from '../../src/service/local-owner.js'
import { Scrubber } from '../../src/service/scrubber.js'
import type { BlockStore } from '../../src/store/block-store.js'
import { StoreReader } from '../../src/store/reader.js'
import { readScrubReport } from '../../src/store/scrub-report.js'
import { holdWriters, withoutWriters } from '../../src/store/writer-lock.js'
import { addBytes, addTree } from '../support/adding.js'
import { TestClock } from '../support/clock.js'
import { contentOf, openStore, pinOf, write } from '../support/stores.js'
import { homeLog } from '../support/wal.js'

const HOUR_MS = 3_600_000
const WEEK_MS = 8 * 24 * 3_600_000
const cut = withChunker(PROFILES['unixfs-v1-2025'], 'size-16384')
const framed = withChunker(PROFILES['unixfs-v0-2015'], 'size-16384')

const filled = (size: number, seed: string): Buffer => {
  const key = createHash('sha256').update(seed).digest()
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size))
}

const readAll = (reader: StoreReader, cid: Cid): Buffer => {
  const content = contentOf(reader)
  const bytes = Buffer.alloc(content.stat(cid).size)
  return bytes.subarray(0, content.read(cid, 0, bytes, 0, bytes.length))
}

/** Flips a bit as a disk does: size and times, as far as the store knows, stay as they were. */
function rot(store: BlockStore, id: number, path: string, at: number): void {
  const bytes = readFileSync(path)
  bytes[at]! ^= 1
  writeFileSync(path, bytes)
  store.seals.seal([{ id, path }], Date.now())
}

interface Stage {
  readonly home: string
  readonly store: BlockStore
  readonly clock: TestClock
  readonly scrubber: Scrubber
  readonly logged: string[]
  readonly told: News[]
  /** What backends have, by the hex of the keys. */
  readonly remote: Map<string, Uint8Array>
  /** CIDs that backends were asked for. */
  readonly asked: Cid[]
}

function stage(t: Test): Stage {
  const { home, store } = openStore(t)
  const dagOf = (reader: StoreReader) => ({
    below: () => [],
    leavesOf: (root: Cid) => leavesOf(root, contentOf(reader))
  })
  const owner = new LocalOwner(store, homeLog(home), { release: () => undefined }, dagOf, false)
  const clock = new TestClock()
  const logged: string[] = []
  const told: News[] = []
  const remote = new Map<string, Uint8Array>()
  const asked: Cid[] = []
  const scrubber = new Scrubber({
    owner,
    leavesOf: (reader) => dagOf(reader).leavesOf,
    fetchBlock: async (cid) => {
      asked.push(cid)
      // gc and repairs need not wait for the network.
      await withoutWriters(store.layout, AbortSignal.abort(), async () => undefined)
      const block = remote.get(toHex(cid.key))
      if (block === undefined) throw new KitError('BLOCK_NOT_FOUND', 'nobody has it')
      return block
    },
    rate: 1 << 30,
    clock,
    log: makeLog({ level: 'warn', format: 'text', write: (line) => logged.push(line) }),
    tell: (news) => void told.push(news)
  })
  return { home, store, clock, scrubber, logged, told, remote, asked }
}

const fresh = (t: Test, home: string): StoreReader => {
  const reader = new StoreReader(home)
  t.teardown(() => reader.close())
  return reader
}

for (const [name, profile] of [
  ['raw', cut],
  ['framed', framed]
] as const)
  // prettier-ignore
  t.test(`threats 49: ${name} leaves of a file that rotted are healed from a backend`, async (t) => {
    const { home, store, clock, scrubber, logged, told, remote } = stage(t)
    const bytes = filled(100_000, name)
    const { cid } = await write(store, (session) => addBytes(session, profile, bytes), [])
    store.addPins([pinOf(cid)])
    for (const leaf of leavesOf(cid, contentOf(store.reader)))
      remote.set(toHex(leaf.cid.key), Buffer.from(store.reader.get(leaf.cid)))
    const { whole } = store.reader.find(cid.key)!
    rot(store, whole, store.layout.file(whole), 40_000)
    await scrubber.look()
    t.notOk(readAll(fresh(t, home), cid).equals(bytes), 'it looks as it was written')
    clock.advance(WEEK_MS)
    await scrubber.look()
    t.ok(readAll(fresh(t, home), cid).equals(bytes))
    t.match(scrubber.report, { damagedBlocks: 0, damaged: [] })
    t.ok(scrubber.report.healedBlocks > 0)
    t.match(logged.join(), /were damaged, and replaced by copies/)
    t.match(told, [{ type: 'healed', what: 'block', blocks: Number }])
    t.same(readScrubReport(store.layout), scrubber.report, 'it outlives the engine')
    await scrubber.look()
    t.ok(Date.parse(scrubber.report.hashedSince!) > Date.now() + WEEK_MS - 60_000)
  })

t.test(
  'threats 49: without a copy it is marked: an error from then on, never wrong bytes',
  async (t) => {
    const { home, store, clock, scrubber, logged, told } = stage(t)
    const bytes = filled(100_000, 'lost')
    const { big, folder } = await write(store, async (session) => ({
      big: (await addBytes(session, cut, bytes)).cid,
      folder: (await addTree(session, cut, { small: filled(300, 'small') })).cid
    }))
    const { whole } = store.reader.find(big.key)!
    const pack = store.reader.find(folder.key)!
    rot(store, whole, store.layout.file(whole), 40_000)
    rot(store, pack.source, store.layout.pack(pack.source), pack.offset + 3)
    clock.advance(WEEK_MS)
    const open = fresh(t, home)
    t.equal(readAll(open, big).length, bytes.length)
    await scrubber.look()
    const reader = fresh(t, home)
    t.throws(() => readAll(reader, big), { code: 'INTEGRITY', message: store.layout.file(whole) })
    t.throws(() => reader.get(folder), { code: 'INTEGRITY' })
    t.equal(contentOf(reader).contiguous(big), undefined)
    const part = Buffer.alloc(16_384)
    contentOf(reader).read(big, 0, part, 0, part.length)
    t.ok(part.equals(bytes.subarray(0, part.length)), 'the rest is read')
    t.equal(scrubber.report.hashedSince, null)
    t.ok(scrubber.report.damaged.some(({ path }) => path === store.layout.file(whole)))
    t.ok(scrubber.report.damaged.some(({ path }) => path === store.layout.pack(pack.source)))
    t.match(logged.join(), /is damaged.*fsck --read-data --repair/)
    t.same(told, [])
    const before = scrubber.report.damagedBlocks
    await scrubber.look()
    t.equal(scrubber.report.damagedBlocks, before, 'not looked at again at once')
  }
)

t.test('threats 49: a leaf that another file holds too is healed from there', async (t) => {
  const { home, store, clock, scrubber } = stage(t)
  const shared = filled(16_384, 'shared')
  const one = Buffer.concat([filled(16_384, 'one'), shared, filled(16_384, 'three')])
  const other = Buffer.concat([shared, filled(16_384, 'other')])
  const { cid } = await write(store, (session) => addBytes(session, cut, one))
  const second = await write(store, (session) => addBytes(session, cut, other))
  const { whole } = store.reader.find(cid.key)!
  rot(store, whole, store.layout.file(whole), 20_000)
  clock.advance(WEEK_MS)
  await scrubber.look()
  const reader = fresh(t, home)
  t.ok(readAll(reader, cid).equals(one))
  t.ok(readAll(reader, second.cid).equals(other))
  t.equal(scrubber.report.damagedBlocks, 0)
})

t.test(
  'a file that was only touched, or moved with the home, is hashed at once and sealed',
  async (t) => {
    const { store, scrubber } = stage(t)
    const bytes = filled(100_000, 'touched')
    const { cid } = await write(store, (session) => addBytes(session, cut, bytes))
    const path = store.layout.file(store.reader.find(cid.key)!.whole)
    utimesSync(path, 1, 1)
    t.equal(contentOf(store.reader).contiguous(cid), undefined)
    await scrubber.look()
    t.same(contentOf(store.reader).contiguous(cid), { path, size: statSync(path).size })
    t.equal(scrubber.report.healedBlocks, 0)
  }
)

t.test(
  'threats 49: what is missing is told once, looked for each hour, and healed when there is a copy',
  async (t) => {
    const { home, store, clock, scrubber, logged, remote, asked } = stage(t)
    const bytes = filled(100_000, 'missing')
    const big = await write(store, (session) => addBytes(session, cut, bytes))
    const small = ['a', 'b'].map((name) => filled(300, name))
    const files = await write(store, async (session) => {
      const [a, b] = small
      return [await addBytes(session, cut, a!), await addBytes(session, cut, b!)].map(({ cid }) => cid) // prettier-ignore
    })
    const stored = store.reader
    const lost = [...leavesOf(big.cid, contentOf(stored))].map(({ cid }) => cid)
    const copies = [...lost, ...files].map(
      (cid) => [toHex(cid.key), Buffer.from(stored.get(cid))] as const
    )
    const { whole } = stored.find(big.cid.key)!
    const pack = store.layout.pack(stored.find(files[0]!.key)!.source)
    rmSync(pack)
    rmSync(store.layout.file(whole))
    clock.advance(WEEK_MS)
    await scrubber.look()
    t.equal(logged.length, 2, 'one line for each object')
    t.match(logged.join(), pack)
    t.match(logged.join(), store.layout.file(whole))
    const { damagedBlocks } = scrubber.report
    t.ok(damagedBlocks >= copies.length)
    const times = asked.length
    t.equal(times, copies.length)
    await scrubber.look()
    t.same([asked.length, logged.length], [times, 2], 'not each minute')
    const touched = await write(store, (session) => addBytes(session, cut, filled(50_000, 'more')))
    utimesSync(store.layout.file(store.reader.find(touched.cid.key)!.whole), 1, 1)
    await scrubber.look()
    t.equal(scrubber.report.damagedBlocks, damagedBlocks, 'what was not looked at stays told')
    for (const [key, block] of copies) remote.set(key, block)
    clock.advance(HOUR_MS + 1)
    await scrubber.look()
    const reader = fresh(t, home)
    t.ok(readAll(reader, big.cid).equals(bytes))
    t.ok(readAll(reader, files[0]!).equals(small[0]!))
    t.match(scrubber.report, { damagedBlocks: 0, damaged: [] })
    clock.advance(WEEK_MS)
    await scrubber.look()
    t.type(scrubber.report.hashedSince, 'string')
  }
)

t.test(
  'threats 49: what cannot be healed while gc runs is told, and healed an hour later',
  async (t) => {
    const { home, store, clock, scrubber } = stage(t)
    const shared = filled(16_384, 'shared')
    const one = Buffer.concat([filled(16_384, 'one'), shared])
    const { cid } = await write(store, (session) => addBytes(session, cut, one))
    const other = Buffer.concat([shared, filled(16_384, 'other')])
    await write(store, (session) => addBytes(session, cut, other))
    const path = store.layout.file(store.reader.find(cid.key)!.whole)
    rot(store, store.reader.find(cid.key)!.whole, path, 20_000)
    clock.advance(WEEK_MS)
    const hold = await holdWriters(store.layout)
    await scrubber.look()
    hold.release()
    t.match(scrubber.report, { damagedBlocks: 1, damaged: [{ path }], healedBlocks: 0 })
    clock.advance(HOUR_MS + 1)
    await scrubber.look()
    t.match(scrubber.report, { damagedBlocks: 0, damaged: [] })
    t.ok(readAll(fresh(t, home), cid).equals(one))
  }
)
