/**
 * kill -9 at random points of add, car import, gc and pin: the store opens, fsck is clean,
 * nothing acknowledged is missing, nothing is half-visible. CRASH_RUNS sets how often.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Cid } from '../../src/core/cid.js'
import { Kit } from '../support/cli.js'
import { inspect } from '../support/inspect.js'
import { MAIN } from '../support/paths.js'
import { tempFolder } from '../support/temp.js'

const RUNS = Number(process.env['CRASH_RUNS'] ?? 320)
const LANES = 2

/** A generator of numbers from a seed, so that a run that fails can be run again. */
function random(seed: number): () => number {
  let x = seed >>> 0
  return () => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0
    return x / 2 ** 32
  }
}

interface Attempt {
  readonly acknowledged: boolean
  readonly stdout: string
}

/** Run a command and kill it after some time, unless it ends first. */
function killed(home: string, args: readonly string[], afterMs: number): Promise<Attempt> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [MAIN, '--home', home, ...args], {
      stdio: ['ignore', 'pipe', 'ignore']
    })
    let stdout = ''
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()))
    const timer = setTimeout(() => child.kill('SIGKILL'), afterMs)
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ acknowledged: code === 0, stdout: stdout.trim() })
    })
  })
}

/** One home that is added to, imported to, pinned, collected, and killed on the way. */
async function lane(
  t: Pick<typeof import('tap').default, 'teardown'>,
  seed: number,
  runs: number
): Promise<string[]> {
  const folder = tempFolder(t, 'crash')
  const next = random(seed)
  const home = join(folder, 'home')
  const kit = new Kit(home)
  const kept = new Set<string>()
  const failures: string[] = []
  await kit.ok('pin', 'ls')
  const archive = join(folder, 'archive.car')
  const elsewhere = new Kit(join(folder, 'elsewhere'))
  for (let run = 0; run < runs; run++) {
    const source = join(folder, `tree${run}`)
    mkdirSync(source)
    for (let i = 0; i < 30; i++)
      writeFileSync(join(source, `f${i}`), `run ${seed}/${run} file ${i} ${next()}`)
    writeFileSync(join(source, 'big'), Buffer.alloc(1_200_000 + run, `big ${seed}/${run}`))
    const afterMs = 60 + next() * 140
    const what = ['add', 'add', 'import', 'pin', 'gc'][Math.floor(next() * 5)]!
    const pinned = [...kept]
    if (what === 'add') {
      const { acknowledged, stdout } = await killed(home, ['add', '-Q', source], afterMs)
      if (acknowledged) kept.add(stdout)
    } else if (what === 'import') {
      const root = await elsewhere.add(source)
      const file = `${archive}${run}`
      await elsewhere.ok('car', 'export', root, '-o', file)
      const { acknowledged } = await killed(home, ['car', 'import', file], afterMs)
      if (acknowledged) kept.add(root)
    } else if (what === 'pin' && pinned.length > 0) {
      const cid = pinned[Math.floor(next() * pinned.length)]!
      // A removal that is killed may or may not have happened: it is no longer promised.
      kept.delete(cid)
      await killed(home, ['pin', 'rm', cid], afterMs)
    } else await killed(home, ['gc'], afterMs)
    const { problems, pins } = await inspect(home)
    for (const cid of kept) if (!pins.has(cid)) problems.push(`the pin of ${cid} is lost`)
    for (const pin of pins) Cid.parse(pin)
    failures.push(
      ...problems.map(
        (problem) =>
          `seed ${seed} run ${run} (${what} killed after ${afterMs.toFixed(0)} ms): ${problem}`
      )
    )
    if (failures.length > 0) break
  }
  return failures
}

t.test(
  `threats 53: ${RUNS} commands killed at random points lose nothing that was acknowledged`,
  { timeout: 900_000 },
  async (t) => {
    const seed = Number(process.env['CRASH_SEED'] ?? 1)
    const lanes = Array.from({ length: LANES }, (_, i) =>
      lane(t, seed + i, Math.ceil(RUNS / LANES))
    )
    t.same((await Promise.all(lanes)).flat(), [])
  }
)
