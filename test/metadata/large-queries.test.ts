/** Queries of large partitions by DuckDB: beside a compaction, beyond one page of CIDs, and beyond what is returned. */
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { systemClock } from '../../src/core/clock.js'
import { makeLog } from '../../src/core/log.js'
import { duckQueries, type DuckLimits } from '../../src/metadata/duck-queries.js'
import { IndexLog } from '../../src/metadata/index-log.js'
import { IndexReader } from '../../src/metadata/index-reader.js'
import type { MetadataIndex } from '../../src/metadata/metadata-index.js'
import { countRecords, findRecords, orderOf, type LargeQueries } from '../../src/metadata/query.js'
import { SqlProcesses } from '../../src/query/processes.js'
import { WriteAheadLog } from '../../src/wal/log.js'
import { tempFolder } from '../support/temp.js'
import { patchOf } from './records.js'

const quiet = makeLog({ level: 'error', format: 'text', write: () => undefined })
const { signal } = new AbortController()
const ALL = { where: [], limit: Infinity }

const patches = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => patchOf(from + i))

/** An index of 300 records in partitions and 100 changes, and who reads it beside its owner. */
async function beside(t: Test) {
  const home = tempFolder(t, 'large')
  const wal = await WriteAheadLog.open(join(home, 'wal'), { clock: systemClock, log: quiet })
  const owner = await IndexLog.open(join(home, 'index'), wal)
  const reader = new IndexReader(home)
  t.teardown(async () => {
    reader.close()
    owner.close()
    await wal.close()
  })
  await owner.change(patches(0, 300))
  await owner.compact()
  await owner.change(patches(300, 400))
  return { owner, reader }
}

function duck(t: Test, limits?: DuckLimits): LargeQueries {
  const folder = tempFolder(t, 'sql')
  const most = { memoryBytes: 512 << 20, deadlineMs: 60_000, maxTemporaryBytes: 1 << 30 }
  const processes = new SqlProcesses({ folder: () => folder, limits: most, processes: 1 })
  t.teardown(() => processes.close())
  return { ...duckQueries(processes, limits), from: 0 }
}

/** Does something before the first answer. */
function interrupted(large: LargeQueries, work: () => Promise<unknown>): LargeQueries {
  let first: Promise<unknown> | undefined
  const before = () => (first ??= work())
  return {
    from: 0,
    cids: async (...args) => await before().then(() => large.cids(...args)),
    count: async (...args) => await before().then(() => large.count(...args))
  }
}

t.test('what is asked while partitions are replaced counts each record once', async (t) => {
  for (const ask of [
    (index: MetadataIndex, large: LargeQueries) => countRecords(index, ALL, large, signal),
    async (index: MetadataIndex, large: LargeQueries) =>
      (await findRecords(index, ALL, large, signal)).length
  ]) {
    const { owner, reader } = await beside(t)
    const real = duck(t)
    const large = interrupted(real, () => owner.compact())
    await t.rejects(
      reader.use((index) => ask(index, large)),
      { code: 'STALE' }
    )
    await owner.change(patches(400, 450))
    const again = interrupted(real, () => owner.compact())
    t.equal(await reader.useSteady((index) => ask(index, again)), 450)
    t.equal(await reader.useSteady((index) => ask(index, real)), 450)
  }
})

t.test('a record that changes while others are looked for is found', async (t) => {
  const { owner, reader } = await beside(t)
  const index = owner.index
  const large = interrupted(duck(t), () => owner.change(patches(0, 150)))
  t.equal((await findRecords(index, ALL, large, signal)).length, 400)
  const more = interrupted(duck(t), () => owner.change(patches(150, 290)))
  const first = await findRecords(index, { where: [], limit: 100 }, more, signal)
  const all = await reader.use((own) => findRecords(own, ALL, undefined, signal))
  t.same(first.map(({ cid }) => cid), all.slice(0, 100).map(({ cid }) => cid)) // prettier-ignore
})

t.test('records beyond one page are found; too many are refused, and counted', async (t) => {
  const { reader } = await beside(t)
  const paged = duck(t, { records: 300, page: 70 })
  const few = duck(t, { records: 299, page: 70 })
  await reader.use(async (index) => {
    const size = orderOf('size_bytes:desc')
    for (const query of [ALL, { ...ALL, limit: 150 }, { ...ALL, order: size }, { where: [], order: size, limit: 150 }]) // prettier-ignore
      t.same(await findRecords(index, query, paged, signal), await findRecords(index, query, undefined, signal)) // prettier-ignore
    const refused = { code: 'TOO_LARGE', message: /ipfs-kit query "SELECT/ }
    // Of 400, as many as were changed since are kept beyond the limit.
    await t.rejects(findRecords(index, ALL, duck(t, { records: 199, page: 70 }), signal), refused)
    t.equal((await findRecords(index, { where: [], limit: 299 }, few, signal)).length, 299)
    t.equal(await countRecords(index, ALL, few, signal), 400)
  })
})
