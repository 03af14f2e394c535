/** Whether an engine runs for a home, and what it says of itself. */
import type { EngineReport } from './engine-report.js'
import type { Operation } from './operation.js'

export interface DaemonStatusResult {
  /** Null where none runs. */
  readonly engine: EngineReport | null
}

export const daemonStatus: Operation<Record<string, never>, DaemonStatusResult> = async (
  services
) => ({ engine: (await services.engine.report()) ?? null })
