/** Serves /metrics in the text format of Prometheus. */
import type { EngineReport } from '../operations/engine-report.js'
import { prometheusText } from '../operations/prometheus.js'
import type { HttpRoute } from '../http/http-call.js'

/** Content type of Prometheus' text format, by which a scraper knows the version. */
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

export const metricsRoute = (report: () => EngineReport): HttpRoute => ({
  methods: ['GET', 'HEAD'],
  path: '/metrics',
  access: 'session',
  answer: async ({ request, response }) => {
    const text = prometheusText(report(), Date.now())
    response.writeHead(200, { 'content-type': METRICS_TYPE, 'x-content-type-options': 'nosniff' })
    response.end(request.method === 'HEAD' ? undefined : text)
    return await Promise.resolve()
  }
})
