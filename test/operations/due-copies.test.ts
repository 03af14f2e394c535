/** Which copies are verified next: those that waited longest, whatever the clock said when they were looked at. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Least } from '../../src/core/least.js'
import { dueCopies } from '../../src/operations/due-copies.js'
import { putOf, type Mapping, type OwnMetadata } from '../../src/pins/mapping.js'
import { PinRecorder } from '../../src/service/pin-recorder.js'
import { Kit } from '../support/cli.js'
import { rawCid } from '../support/stores.js'
import { tempFolder } from '../support/temp.js'
import { homeLog } from '../support/wal.js'

const DAY = 86_400_000
const { signal } = new AbortController()
const daysAgo = (days: number): string => new Date(Date.now() - days * DAY).toISOString()

const copy = (name: string, own: OwnMetadata, status: Mapping['status'] = 'stored'): Mapping => ({
  cid: rawCid(Buffer.from(name)).toString(),
  carPath: `/disk/cars/${name}.car`,
  backend: 'disk',
  createdAt: daysAgo(400),
  status,
  fields: { name },
  own
})

const namesOf = (mappings: readonly Mapping[]): unknown[] =>
  mappings.map(({ fields }) => fields['name'])

const COPIES = [
  copy('new', { verified_at: daysAgo(1) }),
  copy('old', { verified_at: daysAgo(40) }),
  copy('ahead', { verified_at: daysAgo(-4000), stored_at: daysAgo(2) }),
  copy('older', { verified_at: daysAgo(50) }),
  copy('stored lately', { stored_at: daysAgo(3) }),
  copy('never', {}),
  copy('leaving', { is_leaving: true }),
  copy('failed', {}, 'failed')
]

t.test(
  'threats 140: a copy that was verified by a clock ahead is the first to be verified again',
  async (t) => {
    const all = await dueCopies(COPIES, { olderThan: 30 * DAY }, signal)
    t.same(namesOf(all), ['ahead', 'never', 'older', 'old'])
    t.same(namesOf(await dueCopies(COPIES, { olderThan: 30 * DAY, limit: 2 }, signal)), ['ahead', 'never']) // prettier-ignore
    t.same(namesOf(await dueCopies(COPIES, { limit: 3 }, signal)), ['new', 'old', 'ahead'])
    t.equal((await dueCopies(COPIES, {}, signal)).length, COPIES.length - 1)
  }
)

t.test('threats 140: where a pin is, its verification in the future is none', async (t) => {
  const kit = new Kit(join(tempFolder(t), 'home'))
  mkdirSync(join(kit.home, 'backends/disk'), { recursive: true, mode: 0o700 })
  const log = homeLog(kit.home)
  const pins = new PinRecorder(kit.home, log)
  const ahead = COPIES[2]!
  const broken = copy(
    'broken',
    { verified_at: daysAgo(1), last_error: 'it is cut short' },
    'failed'
  )
  await pins.record([ahead, broken, COPIES[0]!].map((one) => ({ change: putOf(one) })))
  await pins.close()
  await log.close()
  const whereis = (one: Mapping): Promise<string> => kit.ok('pin', 'whereis', one.cid)
  t.match(await whereis(ahead), /stored.*never verified/)
  t.match(await whereis(COPIES[0]!), new RegExp(`stored.*verified ${COPIES[0]!.own.verified_at}`))
  t.match(await whereis(broken), /failed.*it is cut short/)
})

t.test('the least of many are kept, and few others', (t) => {
  const least = new Least<number>(50)
  const keys = Array.from({ length: 10_000 }, (_, i) => (i * 7919) % 10_007)
  for (const key of keys) least.add(key, key)
  t.same(least.items, [...keys].sort((a, b) => a - b).slice(0, 50)) // prettier-ignore
  t.same(new Least<number>(0).items, [])
  t.end()
})
