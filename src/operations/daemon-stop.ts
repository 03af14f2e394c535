/** Ends the engine of a home that has no mounts. */
import type { Operation } from './operation.js'

export interface DaemonStopResult {
  readonly wasRunning: boolean
}

/**
 * Ends the engine, and resolves when its processes have ended. @throws EXISTS while something is
 * mounted.
 */
export const daemonStop: Operation<Record<string, never>, DaemonStopResult> = async (
  services,
  _,
  run
) => ({ wasRunning: await services.engine.stop(run) })
