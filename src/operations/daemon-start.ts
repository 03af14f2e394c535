/**
 * Starts an engine that lives without mounts, so that caches stay open and connections are kept.
 */
import type { EngineChoice } from './engine-choice.js'
import type { Operation } from './operation.js'

export interface DaemonStartResult {
  readonly pid: number
  /** Whether the engine ran before; then it stays from now on. */
  readonly wasRunning: boolean
}

/** Starts an engine, or asks the running one to stay. @throws LOCKED, TIMEOUT. */
export const daemonStart: Operation<EngineChoice, DaemonStartResult> = (services, choice, run) =>
  services.engine.start(choice, run)
