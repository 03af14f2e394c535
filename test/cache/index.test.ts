/** The index of the cache: as long as what it holds, and found in while it grows. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, readSync, statSync, truncateSync, writeSync } from 'node:fs' // prettier-ignore
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { RecordTable } from '../../src/cache/record-table.js'
import { CacheIndex, indexBytes, readIndexSizes } from '../../src/cache/index-file.js'
import { RECORD_BYTES, type Entry } from '../../src/cache/record-entry.js'
import { tempFolder } from '../support/temp.js'

const SIZES = { records: 2_000_000, objects: 8192 }

const entry = (offset: number): Entry => ({
  object: 0,
  objectGeneration: 1,
  offset,
  length: 10,
  framed: false,
  kind: 1,
  size: 10,
  mode: undefined,
  mtimeSec: undefined,
  mtimeNsec: 0,
  codec: 0x55,
  hashCode: 0x12,
  whole: -1,
  wholeGeneration: 0,
  origin: 0
})

t.test('an index of two million records is a megabyte while it holds few', async (t) => {
  const path = join(tempFolder(t, 'index'), 'index')
  const { index } = CacheIndex.openForWriting(path, SIZES)
  index.records.put(randomBytes(32), entry(0))
  t.ok(statSync(path).size < 1.2e6, `${statSync(path).size} bytes`)
  t.ok(indexBytes(SIZES) > 250e6)
  for (let i = 0; i < 10_000; i++) index.records.put(randomBytes(32), entry(i))
  const { size, blocks } = statSync(path)
  t.ok(size > 10_000 * RECORD_BYTES && size < 2.2e6, `${size} bytes for 10,000`)
  t.ok(blocks * 512 >= size, 'a write to mapped memory always has its room')
  index.close(true)
})

t.test('against a map: puts, removals and reopening, over many chunks', async (t) => {
  const path = join(tempFolder(t, 'index'), 'index')
  let { index } = CacheIndex.openForWriting(path, SIZES)
  const early = CacheIndex.openForReading(path)!
  const model = new Map<string, number>()
  const keys: Buffer[] = []
  const check = (reader: CacheIndex): number => {
    let wrong = 0
    for (const key of keys) {
      const record = reader.records.find(key)
      const offset = record === 0 ? undefined : reader.records.read(record).offset
      if (offset !== model.get(key.toString('hex'))) wrong++
    }
    return wrong
  }
  for (let i = 0; i < 60_000; i++) {
    const key = randomBytes(32)
    keys.push(key)
    index.records.put(key, entry(i))
    model.set(key.toString('hex'), i)
    if (i % 3 !== 0) continue
    const gone = keys[Math.floor(keys.length * ((i * 7919) % 1000) * 0.001)]!
    const record = index.records.find(gone)
    if (record !== 0) index.records.remove(record)
    model.delete(gone.toString('hex'))
  }
  t.equal(check(index), 0)
  t.equal(index.records.live, model.size)
  t.equal(check(early), 0, 'a reader from before the growth sees all')
  index.close(true)
  // A larger cache, then a smaller one.
  for (const records of [SIZES.records * 2, SIZES.records]) {
    ;({ index } = CacheIndex.openForWriting(path, { ...SIZES, records }))
    index.records.rebuild(() => true)
    t.equal(check(index), 0)
    t.equal(index.records.live, model.size)
    index.close(true)
  }
  t.equal(check(early), 0, 'nor does a reopening disturb it')
})

t.test('what is there is found by other threads at every moment of the growth', async (t) => {
  const path = join(tempFolder(t, 'index'), 'index')
  const { index } = CacheIndex.openForWriting(path, SIZES)
  const keys = Array.from({ length: 500 }, () => new Uint8Array(randomBytes(32)))
  for (const [i, key] of keys.entries()) index.records.put(key, entry(i))
  const stop = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(new URL('./index-reader.js', import.meta.url), {
    workerData: { path, keys, stop }
  })
  await once(worker, 'message')
  for (let i = 0; i < 100_000; i++) index.records.put(randomBytes(32), entry(i))
  Atomics.store(stop, 0, 1)
  const [{ missed, looks }] = (await once(worker, 'message')) as [{ missed: number; looks: number }]
  t.equal(missed, 0, `of ${looks}`)
  t.ok(looks >= keys.length)
  index.close(true)
})

t.test(
  'an index that is empty, foreign or cut short is made anew, as short as a new one',
  async (t) => {
    const path = join(tempFolder(t, 'index'), 'index')
    let { index } = CacheIndex.openForWriting(path, SIZES)
    const records = Array.from({ length: 9000 }, (_, i) =>
      index.records.put(randomBytes(32), entry(i))
    )
    const long = statSync(path).size
    for (const record of records) index.records.remove(record)
    index.close(true)
    ;({ index } = CacheIndex.openForWriting(path, SIZES))
    t.ok(statSync(path).size < long, 'room comes back')
    index.close(true)
    for (const harm of [
      () => truncateSync(path, 100),
      () => truncateSync(path, 600_000),
      () => writeAt(path, Buffer.from([1, 2, 3, 4]), 0),
      () => writeAt(path, Buffer.from([255, 255, 255, 255]), 4),
      () => writeAt(path, Buffer.from([255, 255, 255, 255]), 12)
    ]) {
      harm()
      t.equal(readIndexSizes(path), undefined)
      ;({ index } = CacheIndex.openForWriting(path, SIZES))
      t.same(readIndexSizes(path), SIZES)
      index.close(true)
    }
  }
)

t.test('numbers of the head that were changed lead nowhere outside the file', async (t) => {
  const folder = tempFolder(t, 'index')
  for (let word = 4; word < 12; word++)
    for (const value of [0xffffffff, 0x7fffffff, 1, 0]) {
      const path = join(folder, `${word}-${value}`)
      let { index } = CacheIndex.openForWriting(path, SIZES)
      const key = randomBytes(32)
      index.records.put(key, entry(1))
      index.close(true)
      const bytes = Buffer.alloc(4)
      bytes.writeUInt32LE(value)
      writeAt(path, bytes, word * 4)
      const reader = CacheIndex.openForReading(path)
      for (let i = 0; i < 100; i++) reader?.records.find(randomBytes(32))
      ;({ index } = CacheIndex.openForWriting(path, SIZES))
      index.records.rebuild(() => true)
      for (let i = 0; i < 5000; i++) index.records.put(randomBytes(32), entry(i))
      t.ok(index.records.highWater <= 10_000)
      index.close(true)
    }
})

t.test('an index of the format before is taken over', async (t) => {
  const folder = tempFolder(t, 'index')
  const path = join(folder, 'index')
  mkdirSync(folder, { recursive: true })
  const { keys, capacity } = writeOldIndex(path, 6000)
  const { index } = CacheIndex.openForWriting(path, { ...SIZES, records: capacity })
  index.records.rebuild(() => true)
  t.equal(index.records.live, keys.length)
  t.ok(keys.every((key, i) => index.records.read(index.records.find(key)).offset === i))
  t.notOk(existsSync(`${path}.new`))
  index.close(true)
})

/** Writes an index as it was when it had one length: a header, objects, buckets, then all records. */
function writeOldIndex(path: string, count: number): { keys: Buffer[]; capacity: number } {
  const capacity = 20_000
  const buckets = 16_384
  const scratch = join(`${path}.scratch`)
  const { index } = CacheIndex.openForWriting(scratch, SIZES)
  const keys = Array.from({ length: count }, () => randomBytes(32))
  const records = openSync(scratch, 'r')
  for (const [i, key] of keys.entries()) index.records.put(key, entry(i))
  index.close(true)
  const at = 4096 + SIZES.objects * 64
  const old = Buffer.alloc(at + buckets * 4 + (capacity + 1) * RECORD_BYTES)
  old.writeUInt32LE(0x33434b49, 0)
  for (const [i, value] of [capacity, buckets, SIZES.objects, 1, count + 1, 0, count].entries())
    old.writeUInt32LE(value, 4 + i * 4)
  for (let id = 1; id <= count; id++) {
    const from = at + Math.floor(id / 4096) * 557_056 + 32_768 + (id % 4096) * RECORD_BYTES
    readSync(records, old, at + buckets * 4 + id * RECORD_BYTES, RECORD_BYTES, from)
  }
  closeSync(records)
  closeSync(openSync(path, 'w'))
  writeAt(path, old, 0)
  return { keys, capacity }
}

function writeAt(path: string, bytes: Buffer, position: number): void {
  const fd = openSync(path, 'r+')
  writeSync(fd, bytes, 0, bytes.length, position)
  closeSync(fd)
}

t.test('an index whose count a kill left at 0 is not taken for an empty one', async (t) => {
  const path = join(tempFolder(t, 'index'), 'index')
  let { index } = CacheIndex.openForWriting(path, SIZES)
  for (let i = 0; i < 9000; i++) index.records.put(randomBytes(32), entry(i))
  index.close(true)
  // The word of records in use, as in the middle of a rebuild.
  writeAt(path, Buffer.alloc(4), 28)
  ;({ index } = CacheIndex.openForWriting(path, SIZES))
  index.records.rebuild(() => true)
  t.equal(index.records.live, 9000)
  index.close(true)
})

t.test(
  'a writer that loses its turn within a change is waited for; one that is gone is not, twice',
  (t) => {
    const memory = new SharedArrayBuffer(16 << 20)
    const file = { chunks: () => 1, addChunk: () => false }
    const table = new RecordTable(memory, { head: 0, chunks: 4096 }, 100, file)
    table.initialize()
    const key = randomBytes(32)
    table.put(key, entry(1))
    const head = new Int32Array(memory, 0, 5)
    // The number of changes is odd within one.
    head[4]! |= 1
    t.not(table.find(key), 0, 'what is found is there')
    t.equal(table.find(randomBytes(32)), 0)
    const started = performance.now()
    for (let i = 0; i < 100; i++) t.equal(table.find(randomBytes(32)), 0)
    t.ok(performance.now() - started < 10_000, 'each of them does not wait')
    t.end()
  }
)
