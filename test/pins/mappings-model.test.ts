/** Mappings against a map: any changes, compactions and reopenings give what the map has, in its order. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { systemClock } from '../../src/core/clock.js'
import { MappingLog } from '../../src/pins/mapping-log.js'
import type { Row } from '../../src/pins/mapping.js'
import { readMappingCar, readParquet } from '../../src/pins/pair-reader.js'
import { WriteAheadLog } from '../../src/wal/log.js'
import { tempFolder } from '../support/temp.js'

t.setTimeout(240_000)

const RUNS = Number(process.env['MODEL_RUNS'] ?? 30)

const cid = fc.integer({ min: 0, max: 30 }).map((i) => `bafy${i.toString(36)}`)
const text = fc.string({ unit: 'grapheme', maxLength: 12 })
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('put' as const), cid, text }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('remove' as const), cid }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('compact' as const, 'reopen' as const) }) } // prettier-ignore
)

const rowOf = (cid: string, metadata: string): Row => ({
  cid,
  car_file_path: `/b/cars/${cid}.car`,
  backend_name: 'b',
  created_at: '2026-01-01T00:00:00.000Z',
  status: 'stored',
  metadata
})

async function open(home: string) {
  const wal = await WriteAheadLog.open(join(home, 'wal'), {
    clock: systemClock,
    log: { warn: () => undefined }
  })
  const log = await MappingLog.open(home, [{ name: 'b', id: '' }], wal, systemClock)
  const close = async (): Promise<void> => {
    log.close()
    await wal.close()
  }
  return { log, close }
}

/** Each view is good until the next one. */
const rowsOf = (log: MappingLog): Row[] =>
  Array.from(log.mappings.backend('b')!.rows(), (row) => row.toRow())

t.test('any history', { timeout: 240_000 }, async (t) => {
  const folder = tempFolder(t, 'model')
  let run = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const home = join(folder, String(run++))
      mkdirSync(join(home, 'backends/b'), { recursive: true })
      const model = new Map<string, Row>()
      let opened = await open(home)
      for (const one of steps) {
        const { log } = opened
        if (one.type === 'put') {
          const row = rowOf(one.cid, one.text)
          model.set(one.cid, row)
          await log.change([{ backend: 'b', cid: one.cid, row }])
        } else if (one.type === 'remove') {
          model.delete(one.cid)
          await log.change([{ backend: 'b', cid: one.cid, row: null }])
        } else if (one.type === 'compact') await log.compact()
        else {
          await opened.close()
          opened = await open(home)
        }
        const rows = rowsOf(opened.log)
        const expected = [...model.values()].sort((a, b) => Buffer.compare(Buffer.from(a.cid), Buffer.from(b.cid))) // prettier-ignore
        if (opened.log.mappings.count('b') !== model.size) throw new Error('they are miscounted')
        if (JSON.stringify(rows) !== JSON.stringify(expected)) throw new Error(`${JSON.stringify(rows)} is not ${JSON.stringify(expected)}`) // prettier-ignore
      }
      await opened.log.compact()
      const files = opened.log.mappings.backend('b')!.files
      const rows = rowsOf(opened.log)
      await opened.close()
      if (steps.some(({ type }) => type === 'put')) {
        const found = [await readParquet(files.parquet), readMappingCar(files.car)]
        if (JSON.stringify(found) !== JSON.stringify([rows, rows]))
          throw new Error('the pair differs')
      }
    }),
    { numRuns: RUNS }
  )
  t.pass(`${RUNS} histories`)
})
