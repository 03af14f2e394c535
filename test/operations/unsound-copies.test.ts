/** What is to be done about copies is found among many others, of which no row is decoded. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { withMappings } from '../../src/operations/mappings-view.js'
import { unsoundCopies } from '../../src/operations/unsound-copies.js'
import { putOf, type Mapping, type Row } from '../../src/pins/mapping.js'
import { RowView } from '../../src/pins/row-codec.js'
import { PinRecorder } from '../../src/service/pin-recorder.js'
import { tempFolder } from '../support/temp.js'
import { homeLog } from '../support/wal.js'

const COUNT = 30_000

function copy(i: number): Mapping {
  const cid = `bafkrei${String(i).padStart(52, 'a')}`
  const one = { cid, carPath: `/disk/cars/${cid}.car`, backend: 'disk', createdAt: '2026-01-01T00:00:00.000Z', status: 'stored', fields: { name: 'is_leaving' }, own: {} } as const // prettier-ignore
  if (i === 7) return { ...one, status: 'failed' }
  if (i === 20_000) return { ...one, status: 'pending' }
  return i === 29_000 ? { ...one, own: { is_leaving: true } } : one
}

t.test('copies that are not stored, or are to go, are listed in turns', async (t) => {
  const home = tempFolder(t)
  mkdirSync(join(home, 'backends/disk'), { recursive: true })
  const log = homeLog(home)
  const pins = new PinRecorder(home, log)
  const all = Array.from({ length: COUNT }, (_, i) => ({ change: putOf(copy(i)) }))
  await pins.record(all.slice(0, COUNT - 1))
  await pins.settle()
  await pins.record(all.slice(COUNT - 1))
  await pins.close()
  await log.close()
  let decoded = 0
  const own = Object.getOwnPropertyDescriptor(RowView.prototype, 'toRow')!
  t.teardown(() => void Object.defineProperty(RowView.prototype, 'toRow', own))
  RowView.prototype.toRow = function (this: RowView) {
    decoded++
    return (own.value as (this: RowView) => Row).call(this)
  }
  const { signal } = new AbortController()
  await withMappings(home, async (mappings) => {
    t.equal(mappings.count('disk'), COUNT)
    const found: string[] = []
    for await (const { cid } of unsoundCopies(mappings, ['disk'], signal)) found.push(cid)
    t.same(found, [20_000, 29_000, 7].map((i) => copy(i).cid)) // prettier-ignore
    t.equal(decoded, 3, 'of the others no row is decoded')
    const ended = new AbortController()
    ended.abort(new Error('enough'))
    await t.rejects(async () => await unsoundCopies(mappings, ['disk'], ended.signal).next(), { message: 'enough' }) // prettier-ignore
    await t.rejects(unsoundCopies(mappings, ['none'], signal).next(), { code: 'PATH_NOT_FOUND' })
  })
})
