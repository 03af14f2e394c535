/**
 * A process that appends to a log until it is killed, and says on stdout what was acknowledged, a line
 * each: `entry <run> <number> <entries of its group>`, or `error <code> <message>` for a call that failed.
 * Arguments: folder, run, how many appenders, how many calls each (0: without end), size of a segment.
 */
import { writeSync } from 'node:fs'
import { utf8 } from '../../src/core/bytes.js'
import { systemClock } from '../../src/core/clock.js'
import { toKitError } from '../../src/core/errors.js'
import { OPERATION } from '../../src/wal/kinds.js'
import { WriteAheadLog } from '../../src/wal/log.js'
import { groupOf } from './log-groups.js'

const [folder = '', run = '', appenders = '1', calls = '0', segmentBytes = '4096'] =
  process.argv.slice(2)

const say = (line: string): void => void writeSync(1, `${line}\n`)

async function append(wal: WriteAheadLog, appender: number): Promise<void> {
  const most = calls === '0' ? Infinity : Number(calls)
  for (let call = 0; call < most; call++) {
    const number = call * Number(appenders) + appender
    const group = groupOf(run, number)
    try {
      await wal.appendAll(group.map((text) => ({ kind: OPERATION, payload: utf8(text) })))
      say(`entry ${run} ${number} ${group.length}`)
    } catch (error) {
      const { code, message } = toKitError(error)
      say(`error ${code} ${message}`)
      if (calls === '0') return
    }
  }
}

const wal = await WriteAheadLog.open(folder, {
  clock: systemClock,
  log: { warn: (text) => say(`warning ${text}`) },
  segmentBytes: Number(segmentBytes)
})
say(`opened ${wal.end}`)
await Promise.all(Array.from({ length: Number(appenders) }, (_, i) => append(wal, i)))
await wal.close()
say('closed')
