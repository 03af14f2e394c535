/**
 * Starts an engine that lives without mounts, so that caches stay open and connections are kept.
 */
import type { Listen } from '../config/config.js'
import type { Operation } from './operation.js'

export interface DaemonStartRequest {
  /** Address of /metrics. */
  readonly listen?: Listen | undefined
}

export interface DaemonStartResult {
  readonly pid: number
  /** Whether the engine ran before; then it stays from now on. */
  readonly wasRunning: boolean
}

/** Starts an engine, or asks the running one to stay. @throws LOCKED, TIMEOUT. */
export const daemonStart: Operation<DaemonStartRequest, DaemonStartResult> = (
  services,
  { listen },
  run
) => services.engine.start(listen, run)
