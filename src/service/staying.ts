/** An engine that lives without mounts: starting it, ending it. */
import { isKitError } from '../core/errors.js'
import { makeDir } from '../core/fs-durable.js'
import { startSupervisor } from './engine-process.js'
import { socketPath } from './home-lock.js'
import { askReport } from './home-status.js'
import { warnOfDifferences, type MountingRun } from './mounting.js'
import { OwnerClient } from './owner-client.js'
import type { EngineSettings } from './settings.js'
import { waitForEnd } from './unmounting.js'

/** Starts an engine that stays, or asks the one that runs to stay. @throws LOCKED, TIMEOUT. */
export async function startEngine(
  home: string,
  settings: EngineSettings,
  run: MountingRun
): Promise<{ readonly pid: number; readonly wasRunning: boolean }> {
  makeDir(home)
  const wasRunning = (await askToStay(home, settings, run)) || !(await started(home, settings, run))
  return { pid: (await askReport(home))?.pid ?? 0, wasRunning }
}

/** @returns false where another was faster: then that one stays. */
async function started(home: string, settings: EngineSettings, run: MountingRun): Promise<boolean> {
  try {
    await startSupervisor({ home, settings, mount: null }, run.signal)
    return true
  } catch (error) {
    if (!isKitError(error, 'LOCKED') || !(await askToStay(home, settings, run))) throw error
    return false
  }
}

/** @returns false where no engine runs. */
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

/** Ends the engine of a home. @returns false where none runs. @throws EXISTS while something is mounted. */
export async function stopEngine(home: string, signal: AbortSignal): Promise<boolean> {
  const client = await OwnerClient.connect(socketPath(home))
  if (client === undefined) return false
  try {
    await client.call('leave', {}, { signal })
  } catch (error) {
    // It ends while it answers.
    if (!isKitError(error, 'CLOSED')) throw error
  } finally {
    client.close()
  }
  await waitForEnd(home, 'the engine was told to end', false)
  return true
}
