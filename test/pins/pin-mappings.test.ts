import {
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  readFileSync,
  existsSync
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { systemClock } from '../../src/core/clock.js'
import { MappingLog } from '../../src/pins/mapping-log.js'
import { fromRow, toRow, type Row } from '../../src/pins/mapping.js'
import { PinMappings } from '../../src/pins/pin-mappings.js'
import { readMappingCar, readParquet } from '../../src/pins/pair-reader.js'
import { readLog, WriteAheadLog } from '../../src/wal/log.js'
import { tempFolder } from '../support/temp.js'
import { makeLog } from '../../src/core/log.js'

const NAMES = ['archive', 'bucket']
const BACKENDS = NAMES.map((name) => ({ name, id: '' }))
const quietLog = makeLog({ level: 'error', format: 'text', write: () => undefined })

const rowOf = (i: number, status = 'stored', backend = 'archive'): Row => ({
  cid: `bafkrei${String(i).padStart(52, 'a')}`,
  car_file_path: `/${backend}/cars/bafkrei${String(i).padStart(52, 'a')}.car`,
  backend_name: backend,
  created_at: '2026-01-01T00:00:00.000Z',
  status,
  metadata: JSON.stringify({ name: `name ${i} é`, ipfs_kit: { size: i } })
})

const put = (row: Row) => ({ backend: row.backend_name, cid: row.cid, row })
const remove = (cid: string) => ({ backend: 'archive', cid, row: null })

async function opened(home: string) {
  for (const name of NAMES) mkdirSync(join(home, 'backends', name), { recursive: true })
  const wal = await WriteAheadLog.open(join(home, 'wal'), { clock: systemClock, log: quietLog })
  const log = await MappingLog.open(home, BACKENDS, wal, systemClock)
  return {
    log,
    close: async () => {
      log.close()
      await wal.close()
    }
  }
}

const readOnly = (home: string): Promise<PinMappings> =>
  PinMappings.open({
    home,
    backends: BACKENDS,
    repairs: false,
    read: (from) => readLog(join(home, 'wal'), from)
  })

const cidsOf = (mappings: PinMappings, name: string): string[] =>
  [...mappings.backend(name)!.all()].map(({ cid }) => cid)

t.test('a backend that was removed does not come back by a compaction', async (t) => {
  const home = tempFolder(t, 'removed')
  const one = await opened(home)
  t.teardown(() => one.close())
  await one.log.change([put(rowOf(1)), put(rowOf(2, 'stored', 'bucket'))])
  rmSync(join(home, 'backends/archive'), { recursive: true })
  await one.log.compact()
  t.notOk(existsSync(join(home, 'backends/archive')))
  t.equal(one.log.mappings.backend('bucket')!.tableRows, 1)
})

t.test('mappings are listed to the end, though their table is replaced meanwhile', async (t) => {
  const one = await opened(tempFolder(t, 'listed'))
  t.teardown(() => one.close())
  const rows = Array.from({ length: 50 }, (_, i) => rowOf(i))
  await one.log.change(rows.map(put))
  await one.log.compact()
  const wanted = cidsOf(one.log.mappings, 'archive')
  await one.log.change([put(rowOf(50))])
  const listed: string[] = []
  for (const { cid } of one.log.mappings.backend('archive')!.all()) {
    if (listed.length === 25) await one.log.compact()
    listed.push(cid)
  }
  t.same(
    listed.filter((cid) => cid !== rowOf(50).cid),
    wanted
  )
})

t.test('a list that is left early lets go of its table', async (t) => {
  const home = tempFolder(t, 'left')
  const one = await opened(home)
  await one.log.change(Array.from({ length: 50 }, (_, i) => put(rowOf(i))))
  await one.log.compact()
  const mapped = (): number =>
    readFileSync('/proc/self/maps', 'utf8')
      .split('\n')
      .filter((line) => line.includes(home)).length
  t.ok(mapped() > 0, 'tables are mapped')
  for (const copies of one.log.mappings.byCid(one.log.mappings.names)) {
    t.equal(copies.length, 1)
    break
  }
  await one.close()
  t.equal(mapped(), 0)
})

t.test('changes are seen at once, by other processes, and after the pair is written', async (t) => {
  const home = tempFolder(t, 'mappings')
  const one = await opened(home)
  const rows = [3, 1, 2].map((i) => rowOf(i))
  await one.log.change(rows.map(put))
  await one.log.change([remove(rows[0]!.cid)])
  await one.log.change([put(rowOf(1, 'pending', 'bucket'))])
  const expected = [rowOf(1).cid, rowOf(2).cid]
  t.same(cidsOf(one.log.mappings, 'archive'), expected)
  t.same(
    one.log.mappings.of(rowOf(1).cid).map(({ backend, status }) => [backend, status]),
    [
      ['archive', 'stored'],
      ['bucket', 'pending']
    ]
  )
  const before = await readOnly(home)
  t.same(cidsOf(before, 'archive'), expected, 'another process reads the log')
  await one.log.compact()
  t.same(cidsOf(before, 'archive'), expected, 'and keeps what it has opened')
  before.close()
  t.same(cidsOf(one.log.mappings, 'archive'), expected)
  const folder = join(home, 'backends/archive')
  const parquet = await readParquet(join(folder, 'pin_mappings.parquet'))
  t.same(parquet, [rowOf(1), rowOf(2)])
  t.same(readMappingCar(join(folder, 'pin_mappings.car')), parquet)
  await one.close()
  const two = await opened(home)
  t.same(cidsOf(two.log.mappings, 'archive'), expected)
  t.same(two.log.mappings.backend('archive')!.pending, 0)
  t.same(
    [...two.log.mappings.backend('archive')!.all(rowOf(1).cid)].length,
    1,
    'a page goes on behind a CID'
  )
  await two.log.change([remove(rowOf(1).cid), remove(rowOf(2).cid)])
  await two.log.settle()
  t.same(
    await readParquet(join(folder, 'pin_mappings.parquet')),
    [],
    'an empty file has its columns'
  )
  await two.close()
})

t.test('threats 103: a switch that was interrupted is finished', async (t) => {
  const home = tempFolder(t, 'mappings')
  const one = await opened(home)
  await one.log.change([put(rowOf(1))])
  await one.log.compact()
  const folder = join(home, 'backends/archive')
  const names = ['pin_mappings.parquet', 'pin_mappings.car', 'pin_mappings.table']
  const older = names.map((name) => readFileSync(join(folder, name)))
  await one.log.change([put(rowOf(2))])
  await one.log.compact()
  await one.close()
  for (let renamed = 0; renamed <= names.length; renamed++) {
    // As a crash leaves it after so many renames.
    const newer = names.map((name) => readFileSync(join(folder, name)))
    const stats = names.map((name) => statSync(join(folder, name)))
    names.slice(renamed).forEach((name, i) => {
      renameSync(join(folder, name), join(folder, `${name}.new`))
      writeFileSync(join(folder, name), older[renamed + i]!)
    })
    writeFileSync(join(folder, 'pin_mappings.switch'), `${names.join('\n')}\n`)
    t.ok(newer.length === stats.length)
    const beside = await readOnly(home)
    t.same(cidsOf(beside, 'archive'), [rowOf(1).cid, rowOf(2).cid], `to a reader after ${renamed}`)
    beside.close()
    const two = await opened(home)
    t.same(cidsOf(two.log.mappings, 'archive'), [rowOf(1).cid, rowOf(2).cid], `after ${renamed}`)
    t.notOk(existsSync(join(folder, 'pin_mappings.switch')))
    await two.close()
  }
})

t.test(
  'threats 102: files that disagree are refused, naming the rows; an equal pair is taken over',
  async (t) => {
    const home = tempFolder(t, 'mappings')
    const folder = join(home, 'backends/archive')
    const one = await opened(home)
    await one.log.change([put(rowOf(1))])
    await one.log.compact()
    const parquet = readFileSync(join(folder, 'pin_mappings.parquet'))
    await one.log.change([put(rowOf(2))])
    await one.log.compact()
    await one.close()
    const newer = readFileSync(join(folder, 'pin_mappings.parquet'))
    writeFileSync(join(folder, 'pin_mappings.parquet'), parquet)
    await t.rejects(readOnly(home), {
      code: 'CORRUPT_FORMAT',
      message: /aa2 stands in the CAR alone/
    })
    await t.rejects(opened(home), { code: 'CORRUPT_FORMAT' })
    writeFileSync(join(folder, 'pin_mappings.parquet'), newer)
    rmSync(join(folder, 'pin_mappings.table'))
    const two = await opened(home)
    t.same(
      cidsOf(two.log.mappings, 'archive'),
      [rowOf(1).cid, rowOf(2).cid],
      'the table is built anew'
    )
    await two.close()
    rmSync(join(folder, 'pin_mappings.car'))
    await t.rejects(readOnly(home), {
      code: 'CORRUPT_FORMAT',
      message: /pin_mappings.car is missing/
    })
  }
)

t.test('metadata keeps what the user wrote', async (t) => {
  const mapping = fromRow({
    ...rowOf(1),
    metadata: '{"name":"x","tags":["a"],"ipfs_kit":{"size":4}}'
  })
  t.same(mapping.fields, { name: 'x', tags: ['a'] })
  t.same(fromRow(toRow(mapping)), mapping)
  t.same(fromRow({ ...rowOf(1), metadata: 'free text' }).fields, { metadata: 'free text' })
})
