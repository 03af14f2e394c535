/**
 * kill -9 at random points of commands that change the metadata index or write its files: what was
 * acknowledged is there, and the files can be read. CRASH_RUNS sets how often.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Kit } from '../support/cli.js'
import { MAIN } from '../support/paths.js'
import { randomOf } from '../support/random.js'
import { tempFolder } from '../support/temp.js'

const RUNS = Number(process.env['CRASH_RUNS'] ?? 24)

interface Shown {
  readonly record: { readonly properties: Readonly<Record<string, string>> | null }
}

t.test(`${RUNS} runs that are killed`, { timeout: 3_600_000 }, async (t) => {
  const folder = tempFolder(t, 'metadata-crash')
  const kit = new Kit(join(folder, 'home'))
  writeFileSync(join(folder, 'x.csv'), 'a\n1\n')
  const cid = await kit.add(join(folder, 'x.csv'))
  const started = Date.now()
  await kit.ok('metadata', 'set', cid, 'run=0')
  const whole = (Date.now() - started) * 1.3
  const random = randomOf(4)
  let acknowledged = 0
  let last = 0
  for (let run = 1; run <= RUNS; run++) {
    const isChange = run % 8 === 0 || random() < 0.7
    const args = isChange ? ['metadata', 'set', cid, `run=${run}`] : ['metadata', 'refresh']
    const child = spawn(process.execPath, [MAIN, '--home', kit.home, ...args], { stdio: 'ignore' })
    // Some run to their end, however loaded the machine is by now.
    const afterMs = run % 8 === 0 ? 60_000 : 50 + random() * whole
    const timer = setTimeout(() => child.kill('SIGKILL'), afterMs)
    const [code] = (await once(child, 'close')) as [number | null]
    clearTimeout(timer)
    const { record } = JSON.parse(await kit.ok('metadata', 'show', cid, '--json')) as Shown
    const now = Number(record.properties?.['run'])
    if (isChange && code === 0) {
      t.equal(now, run, `run ${run} was acknowledged`)
      acknowledged++
    } else if (now !== last && !(isChange && now === run))
      t.fail(`run ${run}: ${now} after ${last}`)
    last = now
  }
  await kit.ok('metadata', 'refresh')
  const seen = await kit.json<{ rows: unknown[] }>('query', `SELECT cid, properties['run'] AS run FROM metadata`) // prettier-ignore
  t.same(seen.rows, [{ cid, run: String(last) }])
  t.ok(acknowledged > 0, `${acknowledged} of ${RUNS} got through`)
})
