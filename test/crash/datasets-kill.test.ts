/**
 * kill -9 at random points of dataset put, append and rm: what was acknowledged is there with all its
 * rows, nothing is half-visible, numbers are given once. CRASH_RUNS sets how often.
 */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Kit } from '../support/cli.js'
import { MAIN } from '../support/paths.js'
import { tempFolder } from '../support/temp.js'

const RUNS = Number(process.env['CRASH_RUNS'] ?? 24)
const ROWS = 3000

/** Runs a command and kills it after some time, unless it ends first. @returns the CID it told. */
function killed(
  home: string,
  args: readonly string[],
  afterMs: number
): Promise<string | undefined> {
  // prettier-ignore
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [MAIN, '--home', home, ...args], { stdio: ['ignore', 'pipe', 'ignore'] }) // prettier-ignore
    let stdout = ''
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()))
    const timer = setTimeout(() => child.kill('SIGKILL'), afterMs)
    child.on('close', () => {
      clearTimeout(timer)
      resolve(stdout.endsWith('\n') ? stdout.trim() : undefined)
    })
  })
}

const rows = (run: number): string =>
  `run,i\n${Array.from({ length: ROWS }, (_, i) => `${run},${i}`).join('\n')}\n`

t.test(`${RUNS} runs that are killed`, { timeout: 3_600_000 }, async (t) => {
  const folder = tempFolder(t, 'datasets-crash')
  const home = join(folder, 'home')
  const kit = new Kit(home)
  const file = join(folder, 'x.csv')
  writeFileSync(file, rows(0))
  const started = Date.now()
  const acknowledged = new Map([[await kit.ok('dataset', 'put', '-q', 'd', file), ROWS]])
  // What a whole run takes here: half of them are killed before their end.
  const whole = (Date.now() - started) * 1.3
  let x = 7
  const next = (): number => (x = (Math.imul(x, 1664525) + 1013904223) >>> 0) / 2 ** 32
  // Rows that killed runs may yet have made: the next change completes a version that was stored.
  let unseen: readonly number[] = []
  for (let run = 1; run <= RUNS; run++) {
    writeFileSync(file, rows(run))
    const before = await kit.json<{ rows: number }>('dataset', 'show', 'd', '--json')
    const isAppend = next() < 0.5
    // Some run to their end, however loaded the machine is by now.
    const afterMs = run % 8 === 0 ? 60_000 : 50 + next() * whole
    const told = await killed(home, ['dataset', isAppend ? 'append' : 'put', '-q', 'd', file], afterMs) // prettier-ignore
    const grounds = [before.rows, ...unseen]
    const expected = isAppend ? grounds.map((ground) => ground + ROWS) : [ROWS]
    const { versions } = await kit.json<{ versions: { cid: string; version: number; rows: number }[] }>('dataset', 'versions', 'd', '--json') // prettier-ignore
    const newest = versions[0]!
    t.ok([...grounds, ...expected].includes(newest.rows), `run ${run}: an old or a new version`)
    unseen = told === undefined ? [...new Set([...unseen, ...expected])] : []
    if (told !== undefined) {
      t.equal(newest.cid, told, `run ${run} was acknowledged`)
      t.ok(expected.includes(newest.rows), `run ${run}: with all of its rows`)
      acknowledged.set(told, newest.rows)
    }
    t.same(versions.map(({ version }) => version), [...new Set(versions.map(({ version }) => version))]) // prettier-ignore
  }
  const { versions } = await kit.json<{ versions: { cid: string; rows: number }[] }>('dataset', 'versions', 'd', '--json') // prettier-ignore
  for (const [cid, rows] of acknowledged) t.equal(versions.find((one) => one.cid === cid)?.rows, rows, cid) // prettier-ignore
  for (const { cid, rows } of versions) {
    const seen = await kit.json<{ rows: unknown[] }>('query', `SELECT count(*) n FROM "d@${cid}"`, '--json') // prettier-ignore
    t.same(seen.rows, [{ n: rows }], cid)
  }
  t.match(await kit.json('fsck', '--json'), { bad: [], missing: [] })
  t.ok(acknowledged.size > 1 && acknowledged.size <= RUNS, `${acknowledged.size} of ${RUNS} got through`) // prettier-ignore
})
