/** Reports whether an engine runs for a home, and its state. */
import type { EngineReport } from './engine-report.js'
import type { Operation } from './operation.js'

export interface DaemonStatusResult {
  /** The engine's report; null where none runs. */
  readonly engine: EngineReport | null
}

export const daemonStatus: Operation<Record<string, never>, DaemonStatusResult> = async (
  services
) => ({ engine: (await services.engine.report()) ?? null })
