/** Records the reads that processes noted, before somebody asks the index about them. */
import { isReadOnly } from '../core/fs-durable.js'
import { hasReads, takeReads } from '../metadata/read-notes.js'
import type { Services } from './services.js'

/** For how long whoever owns the home is waited for. */
const WAIT_MS = 1000

/** Never rejects: counts that are a moment late keep nobody from an answer. */
export async function recordReads(services: Pick<Services, 'home' | 'openOwner'>): Promise<void> {
  const { home } = services
  if (!hasReads(home) || isReadOnly(home)) return
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
  }
}

const ignored = (): void => undefined
