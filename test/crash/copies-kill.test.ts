/**
 * kill -9 at random points of storing, healing and removing copies: no acknowledged copy is lost, none is
 * half-visible, and `pin heal` leaves every copy stored and nothing else. COPY_CRASHES sets how often,
 * COPY_SEED at which moments.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Kit } from '../support/cli.js'
import { leftIn } from '../support/leftovers.js'
import { MAIN } from '../support/paths.js'
import { randomOf } from '../support/random.js'
import { tempFolder } from '../support/temp.js'

const ROUNDS = Number(process.env['COPY_CRASHES'] ?? 25)
const SEED = Number(process.env['COPY_SEED'] ?? 1)
/** Far longer than so many rounds take. */
const LIMIT_MS = 600_000 + 12_000 * ROUNDS
/** Longer than any of these commands takes. */
const SPREAD_MS = 900

t.setTimeout(LIMIT_MS)

interface Copy {
  readonly cid: string
  readonly backend: string
  readonly status: string
}

/** Runs a command and kills it after some time, unless it ends before. @returns whether it was acknowledged. */
const killed = (home: string, args: readonly string[], afterMs: number): Promise<boolean> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [MAIN, '--home', home, ...args], { stdio: 'ignore' })
    const timer = setTimeout(() => child.kill('SIGKILL'), afterMs)
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve(code === 0)
    })
  })

t.test('a command that is killed loses no copy', { timeout: LIMIT_MS }, async (t) => {
  const folder = tempFolder(t, 'copies-kill')
  const kit = new Kit(join(folder, 'home'))
  const backends = ['one', 'two']
  for (const name of backends) {
    mkdirSync(join(folder, name))
    await kit.ok('backend', 'add', name, '--type', 'filesystem', '--path', join(folder, name))
  }
  const next = randomOf(SEED)
  const acknowledged = new Set<string>()
  const roots: string[] = []
  for (let round = 0; round < ROUNDS; round++) {
    writeFileSync(join(folder, 'file'), Buffer.alloc(400_000, `content ${round}`))
    const root = await kit.add(join(folder, 'file'))
    roots.push(root)
    // Some run to their end, however loaded the machine is.
    const after = round % 8 === 7 ? 60_000 : 100 + next() * SPREAD_MS
    const done = await killed(kit.home, ['pin', 'add', root, '--backend', 'one,two'], after)
    if (done) acknowledged.add(root)
    if (round % 5 === 4) {
      const victim = roots[round - 3]!
      acknowledged.delete(victim)
      await killed(kit.home, ['pin', 'rm', victim, '--backend', 'all'], after)
      await killed(kit.home, ['pin', 'heal'], after)
    }
    const answer = await kit.json<{ pins: Copy[] }>('pin', 'ls', '--backend', 'all')
    const { pins } = answer
    // prettier-ignore
    if (pins === undefined) throw new Error(`round ${round}: pin ls says ${JSON.stringify(answer)}`)
    for (const cid of acknowledged)
      if (pins.filter((copy) => copy.cid === cid && copy.status === 'stored').length !== 2)
        t.fail(`round ${round}: ${cid} was acknowledged, and is ${JSON.stringify(pins.filter((copy) => copy.cid === cid))}`) // prettier-ignore
  }
  await kit.ok('pin', 'heal')
  const { pins } = await kit.json<{ pins: Copy[] }>('pin', 'ls', '--backend', 'all')
  t.same(pins.filter(({ status }) => status !== 'stored'), []) // prettier-ignore
  t.match(await kit.ok('pin', 'verify', '--read-data'), / 0 not$/)
  for (const name of backends) {
    const known = pins.filter(({ backend }) => backend === name).map(({ cid }) => `${cid}.car`)
    const files = readdirSync(join(folder, name, 'cars')).filter((file) => file.endsWith('.car'))
    t.same(files.toSorted(), known.toSorted(), `${name} has no archive that nobody knows of`)
  }
  const folders = backends.map((name) => join(folder, name))
  const halves = leftIn(...folders)
  t.match(await kit.json('pin', 'heal'), { swept: halves.length })
  t.same(leftIn(...folders), [], 'no half of an archive stays')
  t.ok(acknowledged.size > 0, `${acknowledged.size} of ${ROUNDS} were acknowledged`)
})
