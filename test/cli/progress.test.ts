/** Progress: on a terminal alone, and within its columns. */
import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { progressText } from '../../src/cli/progress-text.js'
import { Kit, runProgram } from '../support/cli.js'
import { MAIN } from '../support/paths.js'
import { tempFolder } from '../support/temp.js'

const GIB = 2 ** 30

t.test('percent and rate fit 40 columns, and whatever is longer is cut', async (t) => {
  const state = { what: 'exporting', done: 300 * 2 ** 20, total: GIB, elapsedMs: 3000 }
  t.equal(progressText(state, 80), 'exporting: 300 MiB, 29 %, 100 MiB/s, 8s left')
  t.equal(progressText(state, 40), 'exporting: 300 MiB, 29 %, 100 MiB/s')
  t.equal(progressText(state, 30), 'exporting: 29 %, 100 MiB/s')
  t.equal(progressText({ ...state, total: undefined }, 40), 'exporting: 300 MiB, 100 MiB/s')
  const long = { ...state, what: 'importing /a/very/long/path/to/an/archive.car' }
  t.match(progressText(long, 40), /^importing \S*…: 29 %, 100 MiB\/s$/)
  t.match(progressText({ ...state, done: 2 * GIB }, 40), /100 %/, 'a claim that was too small')
  fc.assert(
    fc.property(
      fc.string({ minLength: 1 }),
      fc.nat(),
      fc.option(fc.nat(), { nil: undefined }),
      fc.nat(1e6),
      fc.integer({ min: 20, max: 200 }),
      (what, done, total, elapsedMs, columns) =>
        progressText({ what, done: done * 1000, total, elapsedMs }, columns).length < columns
    )
  )
})

/** Runs a command of the shell on a terminal of 40 columns. @returns the lines of progress that it wrote. */
async function progressOf(command: string, what: string): Promise<string[]> {
  // A terminal for stderr, as wide as the first line says.
  const { stdout } = await runProgram('script', ['-qec', `stty cols 40; ${command}`, '/dev/null'])
  return stdout
    .toString()
    .split('\r')
    .filter((line) => line.includes(what))
}

t.test(
  'get and car export tell percent and rate on a terminal of 40 columns',
  { timeout: 120_000 },
  async (t) => {
    const folder = tempFolder(t, 'progress')
    const kit = new Kit(join(folder, 'home'))
    writeFileSync(join(folder, 'big'), '')
    truncateSync(join(folder, 'big'), 2 * GIB)
    const cid = await kit.add('-w', join(folder, 'big'))
    const quoted = (...words: string[]): string =>
      [process.execPath, MAIN, '--home', kit.home, ...words].map((word) => `'${word}'`).join(' ')
    const got = await progressOf(quoted('get', cid, '-o', join(folder, 'out')), 'getting')
    // What takes less than a second tells nothing; a reader that waits makes sure that this one takes longer.
    const slowly = `${quoted('car', 'export', cid)} | (sleep 2; cat > /dev/null)`
    const exported = await progressOf(slowly, 'exporting')
    t.ok(exported.length > 0, 'shown')
    for (const line of [...got, ...exported]) {
      t.match(line, /^.\[K(?:getting|exporting): .*\d+ %, \d\S* \S+\/s/)
      // oxlint-disable-next-line no-control-regex
      t.ok(line.replace(/\x1b\[K/g, '').length < 40, line)
    }
  }
)
