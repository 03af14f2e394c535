/** The log by itself: what a durable append takes alone and among others, beside a plain write and sync. */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../src/core/clock.js'
import { WriteAheadLog } from '../src/wal/log.js'
import { OPERATION } from '../src/wal/kinds.js'
import type { Row, Target } from './report.js'
import type { Scale } from './scale.js'

const PAYLOAD = Buffer.alloc(300, 'x')
const ALONE = 1000
const APPENDERS = 64
const EACH = 300

const aloneRow = (share: string): string => `a durable append of 300 bytes, ${share}`
const TOGETHER = `durable appends of ${APPENDERS} at once`

export async function appendToLog(scratch: string, { rounds }: Scale): Promise<Row[]> {
  const own: number[][] = []
  const plain: number[][] = []
  const together: number[] = []
  for (let round = 0; round < rounds; round++) {
    const folder = join(scratch, `wal${round}`)
    const log = { warn: console.error }
    const wal = await WriteAheadLog.open(folder, { clock: systemClock, log })
    own.push(await timesOf(() => wal.append(OPERATION, PAYLOAD)))
    together.push(await rateOf(wal))
    await wal.close()
    plain.push(await plainTimes(join(scratch, `plain${round}`)))
  }
  const row = (share: number, name: string): Row => ({
    what: aloneRow(name),
    unit: 'ms',
    values: new Map([
      ['ours', own.map((times) => at(times, share))],
      ['write and sync', plain.map((times) => at(times, share))]
    ])
  })
  const values = new Map([['ours', together]])
  return [row(0.5, 'p50'), row(0.99, 'p99'), { what: TOGETHER, unit: 'appends/s', values }]
}

/** Returns what each call took in ms, the shortest first. */
async function timesOf(call: () => Promise<unknown> | void): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < ALONE; i++) {
    const began = performance.now()
    await call()
    times.push(performance.now() - began)
  }
  return times.sort((a, b) => a - b)
}

async function plainTimes(path: string): Promise<number[]> {
  const fd = openSync(path, 'a')
  const times = await timesOf(() => {
    writeSync(fd, PAYLOAD)
    fdatasyncSync(fd)
  })
  closeSync(fd)
  return times
}

async function rateOf(wal: WriteAheadLog): Promise<number> {
  const began = performance.now()
  const appender = async (): Promise<void> => {
    for (let i = 0; i < EACH; i++) await wal.append(OPERATION, PAYLOAD)
  }
  await Promise.all(Array.from({ length: APPENDERS }, appender))
  return (APPENDERS * EACH * 1000) / (performance.now() - began)
}

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.floor((sorted.length - 1) * share)]!

export const walTargets: readonly Target[] = [
  { what: aloneRow('p99'), ours: 'ours', against: 10, factor: 1 },
  { what: TOGETHER, ours: 'ours', against: 10_000, factor: 1 }
]
