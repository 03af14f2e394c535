/** The context of an operation that a client asked for: cancelled as it says, its progress told where it asks. */
import type { ServerContext } from '@modelcontextprotocol/server'
import { runCall } from '../library/call.js'
import type { Progress, Run } from '../operations/run.js'

/** Least time between two messages of progress. */
const PROGRESS_MS = 100

/**
 * Runs work for a request. @param warnings receives what the operation warns of.
 * @throws KitError.
 */
export const withRun = <T>(
  { mcpReq }: ServerContext,
  warnings: string[],
  work: (run: Run) => Promise<T>
): Promise<T> =>
  runCall(mcpReq.signal, (signal) =>
    work({ signal, progress: tellProgress(mcpReq), warn: (text) => void warnings.push(text) })
  )

function tellProgress(request: ServerContext['mcpReq']): (progress: Progress) => void {
  const progressToken = request._meta?.progressToken
  if (progressToken === undefined) return () => undefined
  let done = 0
  let toldAt = -Infinity
  return ({ what, bytes, total }) => {
    done += bytes
    const now = performance.now()
    if (bytes <= 0 || now - toldAt < PROGRESS_MS) return
    toldAt = now
    const params = { progressToken, progress: done, message: what, ...(total === undefined ? {} : { total }) } // prettier-ignore
    // A client that is gone need not be told.
    request.notify({ method: 'notifications/progress', params }).catch(() => undefined)
  }
}
