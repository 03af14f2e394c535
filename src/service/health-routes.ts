/** Tells supervisors and balancers whether the engine lives, and whether it can serve. */
import { toKitError } from '../core/errors.js'
import { sendJson, type HttpCall, type HttpRoute } from '../http/http-call.js'
import type { EngineReport } from '../operations/engine-report.js'

const METHODS = ['GET', 'HEAD']

export const healthRoutes = (report: () => EngineReport): HttpRoute[] => [
  {
    methods: METHODS,
    path: '/health',
    answer: (call) => answered(() => sendJson(call, { status: 'alive' }))
  },
  { methods: METHODS, path: '/health/ready', answer: (call) => answered(() => tellReady(call, report)) } // prettier-ignore
]

const answered = async (send: () => void): Promise<void> => await Promise.resolve(send())

/** An engine whose home is elsewhere, or a mount of which is missing, answers 503 and says why. */
function tellReady(call: HttpCall, report: () => EngineReport): void {
  const reasons = reasonsOf(report)
  if (reasons.length === 0) return sendJson(call, { status: 'ready', reasons })
  call.response.writeHead(503, { 'content-type': 'application/json' })
  call.response.end(`${JSON.stringify({ status: 'not ready', reasons })}\n`)
}

function reasonsOf(report: () => EngineReport): string[] {
  try {
    const { configured } = report()
    return configured.filter(({ up }) => !up).map(({ path }) => `${path} is not mounted`)
  } catch (error) {
    return [toKitError(error).message]
  }
}
