/** Opens what work on backends needs, and closes it afterwards. */
import { PinBackends } from './pin-backends.js'
import { PinJournal } from './pin-journal.js'
import { PinTransfers } from './pin-transfers.js'
import type { Run } from './run.js'
import type { Services } from './services.js'

export interface PinWork {
  readonly backends: PinBackends
  readonly journal: PinJournal
  readonly transfers: PinTransfers
}

/** @param isAutomatic whether nobody asked for the work, so that its tries have an end. */
export async function withPinWork<T>(
  services: Services,
  run: Run,
  work: (parts: PinWork) => Promise<T>,
  isAutomatic = false
): Promise<T> {
  const backends = new PinBackends(services, run)
  const journal = new PinJournal(services, run)
  try {
    return await work({
      backends,
      journal,
      transfers: new PinTransfers(backends, journal, run, isAutomatic)
    })
  } finally {
    await journal.close()
    await backends.close()
  }
}
