/** Begins anew in what is now where a backend stores its files. */
import { openConfigured } from '../../backends/configured.js'
import { placeMarkOf } from '../pins/target-of.js'
import { configured } from './configured-backend.js'
import { knownPlace } from './known-place.js'
import type { Run } from './run.js'

/** Backends without files have no place that could be another one. @throws what the backend throws. */
export async function beginPlace(home: string, name: string, run: Run): Promise<void> {
  const backend = await openConfigured(home, configured(home, name), run.warn)
  try {
    const { fileReader, fileWriter } = backend.facets
    if (fileReader === undefined) return
    await placeMarkOf(fileReader, knownPlace(home, name, run)).renew(fileWriter, run.signal)
  } finally {
    await backend.close()
  }
}
