/** Starts and ends an engine that lives without mounts. */
import { isKitError } from '../core/errors.js'
import { makeDir } from '../core/fs-durable.js'
import { startSupervisor } from './engine-process.js'
import { socketPath } from './run-folder.js'
import { askReport } from './home-status.js'
import { warnOfDifferences, type MountingRun } from './mounting.js'
import { OwnerClient } from './owner-client.js'
import type { EngineSettings } from './settings.js'
import { processesOf, waitForEnd } from './engine-end.js'

/** Starts an engine that stays, or asks the running one to stay. @throws LOCKED, TIMEOUT. */
export async function startEngine(
  home: string,
  settings: EngineSettings,
  run: MountingRun
): Promise<{ readonly pid: number; readonly wasRunning: boolean }> {
  makeDir(home)
  const wasRunning =
    (await askToStay(home, settings, run)) || !(await startNew(home, settings, run))
  return { pid: (await askReport(home))?.pid ?? 0, wasRunning }
}

/** Starts an engine. @returns false where another process was faster; then that engine stays. */
async function startNew(
  home: string,
  settings: EngineSettings,
  run: MountingRun
): Promise<boolean> {
  try {
    await startSupervisor({ home, settings, mount: null }, run.signal)
    return true
  } catch (error) {
    if (!isKitError(error, 'LOCKED') || !(await askToStay(home, settings, run))) throw error
    return false
  }
}

/** Asks the running engine to stay. @returns false where none runs. */
async function askToStay(
  home: string,
  settings: EngineSettings,
  run: MountingRun
): Promise<boolean> {
  const client = await OwnerClient.connect(socketPath(home))
  if (client === undefined) return false
  try {
    const { differences } = await client.call('stay', { settings }, { signal: run.signal })
    warnOfDifferences(differences, run)
    return true
  } finally {
    client.close()
  }
}

/**
 * Ends the engine of a home. @returns false where none runs. @throws EXISTS while something is
 * mounted, TIMEOUT.
 */
export async function stopEngine(home: string, signal: AbortSignal): Promise<boolean> {
  const client = await OwnerClient.connect(socketPath(home))
  if (client === undefined) return false
  const pids = processesOf(home)
  try {
    await client.call('leave', {}, { signal })
  } catch (error) {
    // The engine may end before its answer arrives.
    if (!isKitError(error, 'CLOSED')) throw error
  } finally {
    client.close()
  }
  await waitForEnd({ home, pids, done: 'the engine was told to end', force: false })
  return true
}
