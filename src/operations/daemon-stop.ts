/** Ending the engine of a home that mounts nothing. */
import type { Operation } from './operation.js'

export interface DaemonStopResult {
  readonly wasRunning: boolean
}

/** Resolves when its processes are gone. @throws EXISTS while something is mounted. */
export const daemonStop: Operation<Record<string, never>, DaemonStopResult> = async (
  services,
  _,
  run
) => ({ wasRunning: await services.engine.stop(run) })
