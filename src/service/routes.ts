/** The routes of the engine's HTTP server. */
import type { Routes } from './http-server.js'
import { prometheusText } from '../operations/prometheus.js'
import type { EngineReport } from '../operations/engine-report.js'

/** Content type of Prometheus' text format, by which a scraper knows the version. */
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

export const routesOf = (report: () => EngineReport): Routes => ({
  '/metrics': () => ({
    status: 200,
    type: METRICS_TYPE,
    body: prometheusText(report(), Date.now())
  })
})
