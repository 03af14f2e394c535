/**
 * Starts an engine that lives without mounts, so that caches stay open and connections are kept.
 */
import type { EngineChoice } from './engine-choice.js'
import type { PortReport } from './engine-report.js'
import type { Operation } from './operation.js'

export interface DaemonStartResult {
  readonly pid: number
  /** Whether the engine ran before; then it stays from now on. */
  readonly wasRunning: boolean
  /** Where it answers over HTTP. */
  readonly ports: readonly PortReport[]
}

/** Starts an engine, or asks the running one to stay. @throws LOCKED, TIMEOUT. */
export const daemonStart: Operation<EngineChoice, DaemonStartResult> = async (
  services,
  choice,
  run
) => {
  const started = await services.engine.start(choice, run)
  const report = await services.engine.report()
  for (const line of report?.warnings ?? []) run.warn(line)
  return { ...started, ports: report?.ports ?? [] }
}
