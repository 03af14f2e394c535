/** Logs of a test, with the warnings that opening them gave. */
import { HomeLog } from '../../src/service/home-log.js'
import { OperationLog, type OperationLogTools } from '../../src/wal/operation-log.js'
import { WriteAheadLog } from '../../src/wal/log.js'
import { TestClock } from './clock.js'

export interface OpenedLog {
  readonly wal: WriteAheadLog
  readonly warnings: readonly string[]
}

export async function openLog(folder: string, segmentBytes?: number): Promise<OpenedLog> {
  const warnings: string[] = []
  const log = { warn: (text: string) => void warnings.push(text) }
  const size = segmentBytes === undefined ? {} : { segmentBytes }
  const wal = await WriteAheadLog.open(folder, { clock: new TestClock(), log, ...size })
  return { wal, warnings }
}

export interface OpenedOperations extends OpenedLog {
  readonly operations: OperationLog
  readonly clock: TestClock
  readonly close: () => Promise<void>
}

export async function openOperations(
  folder: string,
  options: Partial<OperationLogTools> & { readonly segmentBytes?: number } = {}
): Promise<OpenedOperations> {
  const { wal, warnings } = await openLog(folder, options.segmentBytes)
  const clock = new TestClock()
  const log = { warn: (text: string) => void (warnings as string[]).push(text) }
  const operations = await OperationLog.open(wal, { clock, log, random: () => 0.5, ...options })
  const close = async (): Promise<void> => {
    await operations.close()
    await wal.close()
  }
  return { wal, warnings, operations, clock, close }
}

/** The log of a home, which nobody opens unless the test does. */
export const homeLog = (home: string): HomeLog =>
  new HomeLog(home, { clock: new TestClock(), log: { warn: () => undefined }, random: () => 0.5 })
