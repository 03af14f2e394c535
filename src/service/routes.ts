/** What the engine's HTTP server answers. */
import type { Routes } from './http-server.js'
import { prometheusText } from '../operations/prometheus.js'
import type { EngineReport } from '../operations/engine-report.js'

/** The type of Prometheus' text format, which a scraper looks at. */
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

export const routesOf = (report: () => EngineReport): Routes => ({
  '/metrics': () => ({ status: 200, type: METRICS_TYPE, body: prometheusText(report()) })
})
