/** kill -9 of a process that saves a query: it is the one before or the one after. CRASH_RUNS sets how often. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { savedNames, savedQuery } from '../../src/query/saved-queries.js'
import { script } from '../support/paths.js'
import { randomOf } from '../support/random.js'
import { tempFolder } from '../support/temp.js'

const RUNS = Number(process.env['CRASH_RUNS'] ?? 30)

t.test(
  'threats 111: a query that is being saved is the older or the newer one',
  { timeout: 600_000 },
  async (t) => {
    const home = join(tempFolder(t, 'query-kill'), 'home')
    const random = randomOf(20_261)
    let last = -1
    for (let run = 0; run < RUNS; run++) {
      const child = spawn(process.execPath, [script('query-saver'), home, String(last + 1)], { stdio: ['ignore', 'pipe', 'inherit'] }) // prettier-ignore
      let said = ''
      child.stdout.on('data', (data: Buffer) => (said += data.toString()))
      await once(child.stdout, 'data')
      await delay(random() * 20)
      child.kill('SIGKILL')
      await once(child, 'close')
      const acknowledged = Number(said.trimEnd().split('\n').at(-1))
      const [, number, rest] =
        /^SELECT (\d+) -- (x*) end\n$/.exec(savedQuery(home, 'q') ?? '') ?? []
      const isWhole = Number(number) % 9000 === rest?.length
      const isCurrent = Number(number) === acknowledged || Number(number) === acknowledged + 1
      if (!isWhole || !isCurrent) t.fail(`run ${run}: ${number} after ${acknowledged}`)
      last = Number(number)
    }
    t.same(savedNames(home), ['q'], 'what a kill left is no query')
    t.ok(last >= RUNS - 1, `${last} were saved`)
  }
)
