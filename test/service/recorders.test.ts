/** Changes that come to the owner of a home at the same moment, while its mappings or its index are opened. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { removeConfigured, saveConfigured } from '../../backends/configured.js'
import { withMappings } from '../../src/operations/mappings-view.js'
import type { PinRecord } from '../../src/operations/pin-records.js'
import type { Row } from '../../src/pins/mapping.js'
import { IndexRecorder } from '../../src/service/index-recorder.js'
import { PinRecorder } from '../../src/service/pin-recorder.js'
import { rawCid } from '../support/stores.js'
import { tempFolder } from '../support/temp.js'
import { homeLog } from '../support/wal.js'

const cidOf = (i: number): string => rawCid(Buffer.from(`pin ${i}`)).toString()

const addBackend = (home: string, name: string): string | undefined =>
  mkdirSync(join(home, 'backends', name), { recursive: true })

function put(i: number): PinRecord[] {
  const cid = cidOf(i)
  const row: Row = {
    cid,
    car_file_path: `/disk/cars/${cid}.car`,
    backend_name: 'disk',
    created_at: '2026-01-01T00:00:00.000Z',
    status: 'stored',
    metadata: '{}'
  }
  return [{ change: { backend: 'disk', cid, row } }]
}

/** Returns the pins, of so many, that are not among the mappings which other processes see. */
const lost = (home: string, count: number): Promise<number[]> =>
  withMappings(home, (mappings) =>
    Array.from({ length: count }, (_, i) => i).filter((i) => mappings.of(cidOf(i)).length === 0)
  )

t.test('threats 135: pins that are recorded at the same moment all stay', async (t) => {
  const home = tempFolder(t)
  addBackend(home, 'disk')
  const log = homeLog(home)
  const pins = new PinRecorder(home, log)
  await Promise.all([pins.record(put(0)), pins.record(put(1)), pins.record(put(2))])
  await pins.settle()
  t.same(await lost(home, 3), [])
  await pins.close()
  await log.close()
  t.same(await lost(home, 3), [], 'and when the log is let go of')
})

t.test('threats 135: pins that are recorded while backends come all stay', async (t) => {
  const home = tempFolder(t)
  addBackend(home, 'disk')
  const log = homeLog(home)
  const pins = new PinRecorder(home, log)
  await pins.record(put(0))
  const rounds = 20
  for (let i = 1; i < 2 * rounds; i += 2) {
    const first = pins.record(put(i))
    // By then it waits for the disk.
    await turn()
    addBackend(home, `other${i}`)
    await Promise.all([first, pins.record(put(i + 1))])
    await pins.settle()
  }
  t.same(await lost(home, 2 * rounds + 1), [])
  t.equal(await pins.withCopies((copiesOf) => copiesOf(cidOf(1)).length), 1)
  await pins.close()
  await log.close()
})

const named = (id: string | undefined) => ({ id, type: 'filesystem', options: {}, priority: 1, timeout_ms: 1000, read_only: false }) // prettier-ignore

t.test('threats 139: a backend has nothing of an earlier one of its name', async (t) => {
  const home = tempFolder(t)
  const log = homeLog(home)
  const pins = new PinRecorder(home, log)
  const seen = (i: number): Promise<number> => pins.withCopies((copiesOf) => copiesOf(cidOf(i)).length) // prettier-ignore
  // Those of earlier versions have no id.
  for (const [round, id] of [undefined, 'one', 'two'].entries()) {
    saveConfigured(home, 'disk', named(id))
    t.same([await lost(home, 3), await seen(0)], [[0, 1, 2], 0], 'to other processes, and here')
    await pins.record([...put(0), ...put(1)])
    // Readers see it by the files once, and by the log once.
    if (round !== 1) await pins.settle()
    t.same([await lost(home, 3), await seen(0)], [[2], 1])
    removeConfigured(home, 'disk')
  }
  await pins.record(put(2))
  saveConfigured(home, 'disk', named('three'))
  t.same(await lost(home, 3), [0, 1, 2], 'nor what came when there was none')
  await pins.close()
  t.equal(await seen(2), 0)
  await pins.record(put(0))
  saveConfigured(home, 'disk', { ...named('three'), priority: 2 })
  t.same(await lost(home, 3), [1, 2], 'one that is changed keeps its own')
  writeFileSync(join(home, 'backends/disk/backend.json'), 'broken')
  t.equal(await seen(0), 1, 'and so does one that nobody can tell')
  await pins.record(put(1))
  saveConfigured(home, 'disk', named('three'))
  t.same(await lost(home, 1), [])
  t.equal(await seen(1), 1)
  await pins.close()
  await log.close()
})

t.test('threats 135: what is recorded of content at the same moment all stays', async (t) => {
  const home = tempFolder(t)
  const log = homeLog(home)
  const index = new IndexRecorder(home, log)
  const at = Date.UTC(2026, 0)
  const patch = (i: number) => [{ cid: cidOf(i), at, set: { pinned: true }, accesses: { count: 1, last: at + i } }] // prettier-ignore
  await Promise.all([0, 1, 2].map((i) => index.record(patch(i))))
  await index.settle(true)
  await index.close()
  const later = new IndexRecorder(home, log)
  const reads = await later.lastReads(new AbortController().signal)
  t.same(new Set(reads.keys()), new Set([0, 1, 2].map(cidOf)))
  t.equal(await later.pending(), 0)
  await later.close()
  await log.close()
})

t.test(
  'a step whose mapping the log does not take leaves no operation that runs',
  { timeout: 60_000 },
  async (t) => {
    const home = tempFolder(t)
    addBackend(home, 'disk')
    const log = homeLog(home)
    const pins = new PinRecorder(home, log)
    const much = 'x'.repeat(65 << 20)
    const [{ change }] = put(0) as [PinRecord]
    const begin = {
      operation_type: 'store',
      backend: 'disk',
      parameters: { cid: cidOf(0) }
    } as const
    const row = { ...change!.row!, metadata: much }
    await t.rejects(pins.record([{ begin, change: { ...change!, row } }]), { code: 'TOO_LARGE' })
    const { operations } = await log.open()
    t.match(operations.list(), [{ status: 'failed', error: /more than the log takes at once/ }])
    const storing = (i: number, parameters = {}) => ({ ...begin, parameters: { cid: cidOf(i), ...parameters } }) // prettier-ignore
    const half = { ...change!.row!, metadata: 'x'.repeat(9 << 20) }
    const inTwo = [
      { begin: storing(1), change: { ...change!, cid: cidOf(1), row: { ...half, cid: cidOf(1) } } },
      { begin: storing(2), change: { ...change!, cid: cidOf(2), row: { ...row, cid: cidOf(2) } } }
    ]
    await t.rejects(pins.record(inTwo), { code: 'TOO_LARGE' }, 'what is written in parts')
    const one = [{ begin: storing(3) }, { begin: storing(4, { much }) }]
    await t.rejects(pins.record(one), { code: 'TOO_LARGE' }, 'one step of several')
    t.same([...new Set(operations.list().map(({ status }) => status))], ['failed'])
    const part = { ...change!.row!, metadata: 'x'.repeat(15 << 20) }
    const many = Array.from({ length: 5 }, (_, i) => ({ change: { backend: 'disk', cid: cidOf(i), row: { ...part, cid: cidOf(i) } } })) // prettier-ignore
    t.same(await pins.record(many), [null, null, null, null, null], 'many that are large together')
    await pins.close()
    await log.close()
  }
)
