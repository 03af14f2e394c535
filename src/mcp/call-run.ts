/** The context of an operation that a client asked for: cancelled as it says, its progress told where it asks. */
import type { ServerContext } from '@modelcontextprotocol/server'
import { Semaphore } from '../core/semaphore.js'
import { runCall } from '../library/call.js'
import type { Progress, Run } from '../operations/run.js'

/** Calls of all clients that work at a time; the others wait. */
const AT_A_TIME = new Semaphore(16)

/** Least time between two messages of progress. */
const PROGRESS_MS = 100

/**
 * Runs work for a request, or for what is asked in passing. @param warnings receives what the operation warns of.
 * @throws KitError.
 */
export const withRun = <T>(
  request: ServerContext | undefined,
  warnings: string[],
  work: (run: Run) => Promise<T>
): Promise<T> =>
  runCall(request?.mcpReq.signal, (signal) => {
    const progress = tellProgress(request?.mcpReq)
    const warn = (text: string): void => void warnings.push(text)
    return AT_A_TIME.run(1, () => work({ signal, progress, warn }), signal)
  })

function tellProgress(request: ServerContext['mcpReq'] | undefined): (progress: Progress) => void {
  const { _meta: meta } = request ?? {}
  const progressToken = meta?.progressToken
  if (request === undefined || progressToken === undefined) return () => undefined
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
