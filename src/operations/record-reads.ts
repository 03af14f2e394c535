/** Records the reads that processes noted, before somebody asks the index about them. */
import { isReadOnly } from '../core/fs-durable.js'
import { hasReads, takeReads } from '../metadata/read-notes.js'
import type { Services } from './services.js'

/** For how long whoever owns the home is waited for. */
const WAIT_MS = 500
/** After an attempt that failed, such as in work that owns the home itself, notes wait for so long. */
const REST_MS = 10_000

/** Returns what records the reads that were noted. It never rejects: counts that are a moment late keep nobody from an answer. */
export function readsRecorder(services: Pick<Services, 'home' | 'openOwner'>): () => Promise<void> {
  const { home } = services
  let notBefore = -Infinity
  return async () => {
    if (!hasReads(home) || performance.now() < notBefore || isReadOnly(home)) return
    const run = { signal: AbortSignal.timeout(WAIT_MS), progress: ignored, warn: ignored }
    try {
      const owner = await services.openOwner(run)
      try {
        await owner.recordIndex(takeReads(home))
      } finally {
        owner.close()
      }
    } catch {
      // They wait for the next one who asks.
      notBefore = performance.now() + REST_MS
    }
  }
}

const ignored = (): void => undefined
