/** Work on many copies, when the owner of the home goes away. */
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { KitError } from '../../src/core/errors.js'
import { PinBackends } from '../../src/operations/pin-backends.js'
import { PinJournal } from '../../src/operations/pin-journal.js'
import { PinTransfers } from '../../src/operations/pin-transfers.js'
import type { Run } from '../../src/operations/run.js'
import type { Services } from '../../src/operations/services.js'
import type { Mapping } from '../../src/pins/mapping.js'
import { rawCid } from '../support/stores.js'
import { tempFolder } from '../support/temp.js'

const copyOf = (i: number): Mapping => {
  const cid = rawCid(Buffer.from(`pin ${i}`)).toString()
  return {
    cid,
    carPath: `/disk/cars/${cid}.car`,
    backend: 'disk',
    createdAt: '2026-01-01T00:00:00.000Z',
    status: 'stored',
    fields: {},
    own: {}
  }
}

t.test('a step that cannot be recorded ends all others before it is told', async (t) => {
  const home = tempFolder(t)
  let openings = 0
  const openOwner = async (): Promise<never> => {
    openings++
    throw new KitError('CLOSED', 'the engine ended')
  }
  const services = { home, openOwner } as unknown as Services
  const run: Run = { signal: new AbortController().signal, progress: () => undefined, warn: () => undefined } // prettier-ignore
  const backends = new PinBackends(services, run)
  const journal = new PinJournal(services, run)
  const transfers = new PinTransfers(backends, journal, run)
  const copies = Array.from({ length: 200 }, (_, i) => copyOf(i))
  await t.rejects(transfers.verify(copies, false), { code: 'CLOSED' })
  const before = openings
  for (let i = 0; i < 50; i++) await turn()
  t.equal(openings, before, 'nothing goes on behind it')
  await journal.close()
  await backends.close()
})
