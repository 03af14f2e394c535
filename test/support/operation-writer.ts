/**
 * A process that begins and completes operations until it is killed, archiving often, and says on stdout what
 * was acknowledged: `begun <id>`, `done <id>`. Argument: the folder of the log.
 */
import { writeSync } from 'node:fs'
import { systemClock } from '../../src/core/clock.js'
import { WriteAheadLog } from '../../src/wal/log.js'
import { OperationLog } from '../../src/wal/operation-log.js'

const [folder = ''] = process.argv.slice(2)
const say = (line: string): void => void writeSync(1, `${line}\n`)

const tools = { clock: systemClock, log: { warn: say }, random: Math.random }
const wal = await WriteAheadLog.open(folder, { ...tools, segmentBytes: 4096 })
const operations = await OperationLog.open(wal, { ...tools, archiveAt: 40 })
async function work(): Promise<never> {
  for (;;) {
    const { operation_id: id } = await operations.begin({ operation_type: 'store', backend: 'disk', parameters: {} }) // prettier-ignore
    say(`begun ${id}`)
    await operations.start(id)
    if (Math.random() < 0.1) continue
    await operations.complete(id, null)
    say(`done ${id}`)
  }
}

await Promise.all([work(), work(), work(), work()])
