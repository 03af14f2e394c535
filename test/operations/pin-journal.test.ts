/** Records that come at any moment are recorded. */
import t from 'tap'
import type { Owner } from '../../src/operations/owner.js'
import { PinJournal } from '../../src/operations/pin-journal.js'
import type { PinRecord } from '../../src/operations/pin-records.js'
import type { Run } from '../../src/operations/run.js'
import type { Services } from '../../src/operations/services.js'

const begin: PinRecord = { begin: { operation_type: 'store', backend: 'disk', parameters: {} } }

t.test(
  'a record that comes while the last one ends is not forgotten',
  { timeout: 20_000 },
  async (t) => {
    const recorded = async (records: readonly PinRecord[]) => records.map(() => 'id')
    const owner = { recordPins: recorded, close: () => undefined } as unknown as Owner
    const services = { openOwner: async () => owner } as unknown as Services
    const run: Run = { signal: new AbortController().signal, progress: () => undefined, warn: () => undefined } // prettier-ignore
    const journal = new PinJournal(services, run)
    for (let ticks = 0; ticks < 20; ticks++) {
      await journal.record({ ...begin })
      for (let i = 0; i < ticks; i++) await Promise.resolve()
      t.equal(await journal.record({ ...begin }), 'id', `${ticks} ticks later`)
    }
    await journal.close()
  }
)
