/** The index: changes, the files that they become, other processes beside it, files of other programs. */
import { copyFileSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs' // prettier-ignore
import { join } from 'node:path'
import t from 'tap'
import { systemClock } from '../../src/core/clock.js'
import { makeLog } from '../../src/core/log.js'
import { IndexLog } from '../../src/metadata/index-log.js'
import { IndexReader } from '../../src/metadata/index-reader.js'
import { MetadataIndex } from '../../src/metadata/metadata-index.js'
import { patched, type IndexPatch } from '../../src/metadata/patch.js'
import { countRecords, findRecords } from '../../src/metadata/query.js'
import { SEARCHED_FIELDS } from '../../src/metadata/searched-text.js'
import { readIndexParquet } from '../../src/metadata/adopted.js'
import type { IndexRecord } from '../../src/metadata/record.js'
import { decodeRecord, encodeRecord } from '../../src/metadata/row-codec.js'
import { WriteAheadLog } from '../../src/wal/log.js'
import { tempFolder } from '../support/temp.js'
import { cidOf, EPOCH, patchOf, randomOf } from './records.js'

const quiet = makeLog({ level: 'error', format: 'text', write: () => undefined })

async function opened(home: string) {
  const wal = await WriteAheadLog.open(join(home, 'wal'), { clock: systemClock, log: quiet })
  const log = await IndexLog.open(join(home, 'index'), wal)
  return {
    log,
    close: async () => {
      log.close()
      await wal.close()
    }
  }
}

const recordsOf = (index: MetadataIndex): IndexRecord[] =>
  [...index.all()].sort((a, b) => (a.cid < b.cid ? -1 : 1))

const patches = (from: number, to: number): IndexPatch[] =>
  Array.from({ length: to - from }, (_, i) => patchOf(from + i))

/** Reads the Parquet files as another program would. */
async function parquetOf(folder: string): Promise<IndexRecord[]> {
  const records: IndexRecord[] = []
  for (const name of readdirSync(folder).filter((one) => one.endsWith('.parquet')))
    for await (const record of readIndexParquet(join(folder, name))) records.push(record)
  return records.sort((a, b) => (a.cid < b.cid ? -1 : 1))
}

const withoutHeat = (records: readonly IndexRecord[]) =>
  records.map((record) => ({ ...record, heat_score: 0 }))

t.test('a partition whose word index is an older one is read, and written anew', async (t) => {
  const home = tempFolder(t, 'older-words')
  const one = await opened(home)
  await one.log.change(patches(0, 50))
  await one.log.compact()
  const before = withoutHeat(recordsOf(one.log.index))
  await one.close()
  const words = join(home, 'index', 'ipfs_index_000000.words')
  const { atime, mtime } = statSync(words)
  const bytes = readFileSync(words)
  bytes.write('IKW4', 'latin1')
  writeFileSync(words, bytes)
  utimesSync(words, atime, mtime)
  const again = await opened(home)
  t.same(withoutHeat(recordsOf(again.log.index)), before)
  t.equal(again.log.index.partitions.length, 0)
  await again.log.compact()
  t.same(withoutHeat(recordsOf(again.log.index)), before)
  t.equal(again.log.index.partitions[0]?.words?.count, 50)
  await again.close()
})

t.test('rows are what they were', async (t) => {
  for (let i = 0; i < 200; i++) {
    const record = patched(undefined, patchOf(i))
    t.same(decodeRecord(encodeRecord(record)), record)
  }
  const odd = patched(undefined, {
    cid: 'no CID at all',
    at: -1,
    set: { size_bytes: 2 ** 53 - 1, replication: -5, properties: { __proto__x: '', ['']: 'é𝒙' } }
  })
  t.same(decodeRecord(encodeRecord(odd)), odd)
})

t.test(
  'changes are seen at once, by other processes, and after the files are written',
  async (t) => {
    const home = tempFolder(t, 'index')
    const reader = new IndexReader(home)
    t.teardown(() => reader.close())
    t.same(await reader.use(recordsOf), [])
    const first = await opened(home)
    await first.log.change(patches(0, 500))
    const wanted = recordsOf(first.log.index)
    t.equal(wanted.length, 500)
    t.same(await reader.use(recordsOf), wanted)
    await first.log.compact()
    t.equal(first.log.index.pending, 0)
    t.same(recordsOf(first.log.index), wanted)
    t.same(await reader.use(recordsOf), wanted)
    t.same(withoutHeat(await parquetOf(join(home, 'index'))), withoutHeat(wanted))
    await first.log.change([{ cid: cidOf(7), at: EPOCH, add_tags: ['new'] }])
    t.match(await reader.use((index) => index.get(cidOf(7))), { tags: /new/ })
    await first.close()
    const second = await opened(home)
    t.match(second.log.index.get(cidOf(7)), { tags: /new/ })
    await second.log.change([{ cid: cidOf(7), at: EPOCH, remove_tags: ['new'] }])
    t.notOk(second.log.index.get(cidOf(7))!.tags?.includes('new'))
    await second.close()
  }
)

t.test('records are listed to the end, though partitions are replaced meanwhile', async (t) => {
  const one = await opened(tempFolder(t, 'listed'))
  t.teardown(() => one.close())
  await one.log.change(patches(0, 1500))
  await one.log.compact()
  await one.log.change(patches(1500, 2000))
  const wanted = [...one.log.index.all()]
  const listed: IndexRecord[] = []
  for (const record of one.log.index.all()) {
    if (listed.length % 500 === 250) {
      await one.log.change([{ cid: cidOf(1700), at: EPOCH, add_tags: [`new ${listed.length}`] }])
      await one.log.compact()
    }
    listed.push(record)
  }
  t.same(listed, wanted)
})

t.test('partitions are split, and stay sorted and apart', async (t) => {
  const folder = tempFolder(t, 'split')
  let lsn = 0
  const index = await MetadataIndex.open({ folder, repairs: true, read: () => [], maxRows: 100 })
  t.teardown(() => index.close())
  const apply = (from: number, to: number): void => {
    for (const patch of patches(from, to)) index.apply(++lsn, patch)
  }
  for (const end of [90, 250, 251, 1000]) {
    apply(index.tableRows, end)
    await index.compact()
    t.equal(index.tableRows, end)
    t.ok(index.partitions.every(({ count }) => count <= 100))
    t.equal(new Set(recordsOf(index).map(({ cid }) => cid)).size, end)
  }
  t.ok(index.partitions.length >= 10)
  for (let i = 0; i < 1000; i++) t.equal(index.get(cidOf(i))?.cid, cidOf(i))
  t.equal(index.get(cidOf(1001)), undefined)
  const again = await MetadataIndex.open({ folder, repairs: false, read: () => [] })
  t.same(recordsOf(again), recordsOf(index))
  again.close()
})

t.test('a partition that was restored is taken over, lost files are made anew', async (t) => {
  const home = tempFolder(t, 'adopt')
  const one = await opened(home)
  await one.log.change(patches(0, 50))
  await one.log.compact()
  const wanted = recordsOf(one.log.index)
  await one.close()
  const folder = join(home, 'index')
  const file = join(folder, 'ipfs_index_000000.parquet')
  const copy = join(home, 'copy.parquet')
  copyFileSync(file, copy)
  for (const name of ['none', 'ipfs_index_000000.words']) {
    rmSync(join(folder, name), { force: true })
    // Its time is another one now.
    copyFileSync(copy, file)
    const reader = new IndexReader(home)
    t.same(withoutHeat(await reader.use(recordsOf)), withoutHeat(wanted), 'for readers')
    reader.close()
    const again = await opened(home)
    t.same(withoutHeat(recordsOf(again.log.index)), withoutHeat(wanted), 'for the owner')
    await again.log.compact()
    t.equal(again.log.index.tableRows, 50)
    await again.close()
  }
  rmSync(join(folder, 'ipfs_index_000000.table'))
  const last = await opened(home)
  t.equal(recordsOf(last.log.index).length, 50)
  await last.close()
  writeFileSync(file, 'PAR1 and nothing else')
  await t.rejects(opened(home), { code: 'CORRUPT_FORMAT', message: /ipfs_index_000000\.parquet/ })
})

t.test('a switch that was interrupted is finished, what was begun is dropped', async (t) => {
  const home = tempFolder(t, 'switch')
  const one = await opened(home)
  await one.log.change(patches(0, 20))
  await one.log.compact()
  const wanted = recordsOf(one.log.index)
  await one.close()
  const folder = join(home, 'index')
  const names = readdirSync(folder)
  for (const name of names) copyFileSync(join(folder, name), join(folder, `${name}.new`))
  await (await opened(home)).close()
  t.same(readdirSync(folder), names)
  for (const renamed of [0, 1, 2, 3]) {
    for (const name of names.slice(renamed))
      renameSync(join(folder, name), join(folder, `${name}.new`))
    writeFileSync(join(folder, 'index.switch'), names.join('\n'))
    const reader = new IndexReader(home)
    t.same(await reader.use(recordsOf), wanted, 'readers see it before it is finished')
    const two = await opened(home)
    t.same(await reader.use(recordsOf), wanted, 'and after')
    reader.close()
    t.same(recordsOf(two.log.index), wanted)
    t.equal(two.log.index.pending, 0)
    await two.close()
    t.same(readdirSync(folder), names)
  }
})

t.test('partitions whose records another one takes over go with the same switch', async (t) => {
  const home = tempFolder(t, 'gone')
  const one = await opened(home)
  await one.log.change(patches(0, 20))
  await one.log.compact()
  const wanted = recordsOf(one.log.index)
  await one.close()
  const folder = join(home, 'index')
  const names = readdirSync(folder)
  const others = names.map((name) => name.replace('000000', '000001'))
  for (const [i, name] of names.entries()) {
    copyFileSync(join(folder, name), join(folder, others[i]!))
    renameSync(join(folder, name), join(folder, `${name}.new`))
  }
  const lines = [...names, ...others.map((name) => `-${name}`)]
  writeFileSync(join(folder, 'index.switch'), lines.join('\n'))
  const reader = await MetadataIndex.open({ folder, repairs: false, read: () => [] })
  t.same(recordsOf(reader), wanted)
  t.equal(reader.partitions.length, 1, 'what goes is not seen')
  reader.close()
  await (await opened(home)).close()
  t.same(readdirSync(folder), names)
})

t.test('a clock that is wrong breaks nothing', async (t) => {
  const cid = cidOf(1)
  const far = Date.UTC(2999, 0, 1)
  let record = patched(undefined, { cid, at: far, accesses: { count: 5, last: far } })
  t.equal(record.heat_score, 5)
  record = patched(record, { cid, at: EPOCH, accesses: { count: 1, last: EPOCH } })
  t.equal(record.heat_score, 6, 'time that goes back counts as none')
  record = patched(record, { cid, at: 0 })
  t.ok(Number.isFinite(record.heat_score))
  const past = patched(undefined, { cid, at: 0, accesses: { count: 3, last: EPOCH } })
  const hour = 3_600_000
  const heat = patched(past, { cid, at: EPOCH + hour }).heat_score!
  const days = (EPOCH + hour) / (24 * hour)
  t.equal(heat, Math.fround(3 * (1 / 2) * (1 + Math.log(1 + days))))
})

t.test(
  'records of content that is nowhere go, but those of which somebody said something',
  async (t) => {
    const home = tempFolder(t, 'index')
    let opening = await opened(home)
    t.teardown(() => opening.close())
    const gone = (i: number): IndexPatch => ({ cid: cidOf(i), at: EPOCH, set: { local: false, pinned: false, current_tier: 'nowhere', replication: null }, only_known: true, forget: true }) // prettier-ignore
    const plain = (i: number): IndexPatch => ({ cid: cidOf(i), at: EPOCH, set: { local: true, size_bytes: i, filename: `${i}.csv` } }) // prettier-ignore
    const numbers = Array.from({ length: 300 }, (_, i) => i)
    await opening.log.change(numbers.map(plain))
    await opening.log.change([
      { cid: cidOf(1), at: EPOCH, add_tags: ['kept'] },
      { cid: cidOf(2), at: EPOCH, set: { metadata: { title: 'kept' } } },
      { cid: cidOf(3), at: EPOCH, set: { properties: { kept: 'yes' } } }
    ])
    await opening.log.compact()
    await opening.log.change([...numbers.slice(0, 200).map(gone), gone(9999)])
    // One is there again.
    await opening.log.change([plain(5)])
    const left = [1, 2, 3, 5, ...numbers.slice(200)].map(cidOf).sort()
    const reader = new IndexReader(home)
    t.teardown(() => reader.close())
    const check = async (when: string): Promise<void> => {
      const { index } = opening.log
      t.same(recordsOf(index).map(({ cid }) => cid), left, when) // prettier-ignore
      t.same(
        (await reader.use(recordsOf)).map(({ cid }) => cid),
        left,
        `${when}, for others`
      )
      t.equal(index.get(cidOf(7)), undefined)
      const signal = new AbortController().signal
      t.equal(await countRecords(index, { where: [], limit: 0 }, undefined, signal), left.length)
      const found = await findRecords(index, { where: [], limit: 500, text: { text: '7.csv', fields: SEARCHED_FIELDS } }, undefined, signal) // prettier-ignore
      t.equal(found.length, 10, 'texts of those alone are found that are there')
    }
    await check('in the log')
    await opening.close()
    opening = await opened(home)
    await check('in a log that is opened')
    await opening.log.compact()
    await check('in the files')
    t.same(
      (await parquetOf(join(home, 'index'))).map(({ cid }) => cid),
      left
    )
    await opening.log.change([
      { cid: cidOf(1), at: EPOCH, remove_tags: ['kept'] },
      { cid: cidOf(2), at: EPOCH, set: { metadata: { title: null } } },
      { cid: cidOf(3), at: EPOCH, set: { properties: { kept: null } } },
      ...numbers.map(gone)
    ])
    await opening.log.compact()
    t.same(recordsOf(opening.log.index), [])
    t.same(readdirSync(join(home, 'index')), [], 'a partition of none is no file')
    await opening.close()
    opening = await opened(home)
    t.same(recordsOf(opening.log.index), [])
    await opening.log.change([plain(8)])
    await opening.log.compact()
    t.match(await reader.use(recordsOf), [{ cid: cidOf(8) }])
  }
)

t.test(
  'removed and changed by chance, over many partitions, records are those of a model',
  async (t) => {
    const folder = tempFolder(t, 'model')
    const random = randomOf(7)
    let lsn = 0
    const index = await MetadataIndex.open({ folder, repairs: true, read: () => [], maxRows: 40 })
    t.teardown(() => index.close())
    const model = new Map<string, number>()
    for (let round = 0; round < 30; round++) {
      const isShrinking = round % 10 > 5
      for (let i = 0; i < 60; i++) {
        const n = random(300)
        const cid = cidOf(n)
        if (random(10) < (isShrinking ? 8 : 2)) {
          index.apply(++lsn, { cid, at: EPOCH, set: { local: false, current_tier: 'nowhere' }, only_known: true, forget: true }) // prettier-ignore
          model.delete(cid)
        } else {
          index.apply(++lsn, { cid, at: EPOCH, set: { local: true, size_bytes: round } })
          model.set(cid, round)
        }
      }
      if (random(2) === 0) await index.compact()
      const found = recordsOf(index).map(({ cid, size_bytes }) => [cid, size_bytes])
      t.same(
        found,
        [...model].sort(([a], [b]) => (a < b ? -1 : 1))
      )
      t.ok(index.partitions.every(({ count }) => count > 0 && count <= 40))
    }
  }
)
