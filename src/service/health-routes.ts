/** Tells supervisors and balancers whether the engine lives, and whether it can serve. */
import { toKitError } from '../core/errors.js'
import { isAddressed } from '../http/admission.js'
import { sendJson, type HttpCall, type HttpRoute } from '../http/http-call.js'
import type { EngineReport } from '../operations/engine-report.js'

const METHODS = ['GET', 'HEAD']

/** @param hasReasons whether an engine that cannot serve says why, which names paths of this machine. */
export const healthRoutes = (report: () => EngineReport, hasReasons = true): HttpRoute[] => [
  {
    methods: METHODS,
    path: '/health',
    access: 'session',
    answer: (call) => answered(() => sendJson(call, { status: 'alive' }))
  },
  {
    methods: METHODS,
    path: '/health/ready',
    access: 'session',
    answer: (call) => answered(() => tellReady(call, reasonsOf(report), hasReasons))
  }
]

/**
 * The same for whoever asks the address of a gateway. On its other hosts these paths belong to the content that the
 * host is named for.
 */
export const publicHealthRoutes = (report: () => EngineReport, content: HttpRoute): HttpRoute[] =>
  healthRoutes(report, false).map((route) => ({
    ...content,
    path: route.path,
    answer: (call) => (isAddressed(call.request) ? route : content).answer(call)
  }))

const answered = async (send: () => void): Promise<void> => await Promise.resolve(send())

/** An engine whose home is elsewhere, or a mount of which is missing, answers 503. */
function tellReady(call: HttpCall, found: readonly string[], hasReasons: boolean): void {
  const reasons = hasReasons ? found : []
  if (found.length === 0) return sendJson(call, { status: 'ready', reasons })
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
