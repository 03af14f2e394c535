/** Reports the engine's state; where no engine runs, the statistics of cache and backends. */
import type { UpstreamStats } from '../fetch/upstream-content.js'
import type { EngineReport } from './engine-report.js'
import type { Operation } from './operation.js'

export type MetricsResult =
  | { readonly engine: EngineReport; readonly remote: UpstreamStats | null }
  | { readonly engine: undefined; readonly remote: UpstreamStats }

export const metrics: Operation<Record<string, never>, MetricsResult> = async (
  services,
  _,
  run
) => {
  const engine = await services.engine.report()
  if (engine !== undefined) return { engine, remote: engine.remote }
  const upstream = await services.openUpstream(run)
  try {
    return { engine: undefined, remote: await upstream.stats() }
  } finally {
    await upstream.close()
  }
}
