/** An engine that lives without mounts: programs and commands find caches open and connections made. */
import type { Listen } from '../config/config.js'
import type { Operation } from './operation.js'

export interface DaemonStartRequest {
  /** Where /metrics answers. */
  readonly listen?: Listen | undefined
}

export interface DaemonStartResult {
  readonly pid: number
  /** Whether it ran before, and now stays. */
  readonly wasRunning: boolean
}

/** Starts it, or lets the one that runs stay. @throws LOCKED, TIMEOUT. */
export const daemonStart: Operation<DaemonStartRequest, DaemonStartResult> = (
  services,
  { listen },
  run
) => services.engine.start(listen, run)
