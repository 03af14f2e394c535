/**
 * Power cuts while copies are stored and removed: on the disk as it is then, what was acknowledged is
 * there, the files of mappings agree, and `pin heal` leaves every copy stored and nothing else.
 * POWER_CUTS sets how many, POWER_SEED which moments.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { Kit } from '../support/cli.js'
import { leftIn } from '../support/leftovers.js'
import { MAIN } from '../support/paths.js'
import { CutDisk, noLoopMount, stopped } from '../support/power-cut.js'
import { randomOf } from '../support/random.js'
import { tempFolder } from '../support/temp.js'

const CUTS = Number(process.env['POWER_CUTS'] ?? 8)
const SEED = Number(process.env['POWER_SEED'] ?? 1)
/** Longer than a command takes. */
const SPREAD_MS = 1200
const BACKENDS = ['one', 'two']

interface Copy {
  readonly cid: string
  readonly backend: string
  readonly status: string
}

/** Starts a command. `over` resolves with whether it was acknowledged. */
function started(home: string, args: readonly string[]) {
  const child = spawn(process.execPath, [MAIN, '--home', home, ...args], { stdio: 'ignore' })
  const over = new Promise<boolean>((resolve) => child.on('close', (code) => resolve(code === 0)))
  return { child, over }
}

/** Cuts the power at some moment of a command, which ends then. @returns whether it was acknowledged before. */
async function cutIn(disk: CutDisk, child: ChildProcess, over: Promise<boolean>, afterMs: number) {
  const first = await Promise.race([over, delay(afterMs, undefined)])
  if (first === undefined && child.exitCode === null) await stopped(child)
  await disk.cut()
  child.kill('SIGKILL')
  await over
  return first === true
}

async function check(t: Test, kit: Kit, disk: string, kept: ReadonlySet<string>): Promise<void> {
  const list = async (): Promise<readonly Copy[]> =>
    (await kit.json<{ pins: Copy[] }>('pin', 'ls', '--backend', 'all')).pins
  const before = await list()
  for (const cid of kept)
    t.equal(before.filter((one) => one.cid === cid && one.status === 'stored').length, 2, `${cid} was acknowledged`) // prettier-ignore
  await kit.ok('pin', 'verify', '--read-data').catch(() => undefined)
  await kit.ok('pin', 'heal')
  const healed = await list()
  t.same(healed.filter(({ status }) => status !== 'stored'), []) // prettier-ignore
  t.match(await kit.ok('pin', 'verify', '--read-data'), / 0 not$/)
  for (const name of BACKENDS) {
    const known = healed
      .filter(({ backend }) => backend === name)
      .map(({ cid }) => `cars/${cid}.car`)
    const files = readdirSync(join(disk, name), { recursive: true, encoding: 'utf8' })
    t.same(files.filter((file) => file.endsWith('.car')).sort(), known.sort(), `${name} has no other archive`) // prettier-ignore
  }
  leftIn(...BACKENDS.map((name) => join(disk, name)))
  await kit.ok('pin', 'heal')
  t.same(leftIn(...BACKENDS.map((name) => join(disk, name))), [], 'nor half of one')
}

for (const options of ['data=ordered', 'data=writeback'])
  t.test(
    `threats 84: a power cut loses no copy (${options})`,
    { skip: await noLoopMount(), timeout: 900_000 },
    async (t) => {
      const disk = await CutDisk.make(t, tempFolder(t, 'copies-power'), options)
      const kit = new Kit(join(disk.path, 'home'))
      for (const name of BACKENDS) {
        mkdirSync(join(disk.path, name))
        await kit.ok('backend', 'add', name, '--type', 'filesystem', '--path', join(disk.path, name)) // prettier-ignore
      }
      const next = randomOf(SEED)
      const kept = new Set<string>()
      for (let cut = 0; cut < CUTS / 2; cut++) {
        writeFileSync(join(disk.path, 'file'), Buffer.alloc(900_000, `content ${SEED} ${cut}`))
        const root = await kit.add(join(disk.path, 'file'))
        const [victim] = kept
        const removes = cut % 4 === 3 && victim !== undefined
        if (removes) kept.delete(victim)
        const args = removes ? ['rm', victim, '--backend', 'all'] : ['add', root, '--backend', 'one,two'] // prettier-ignore
        const { child, over } = started(kit.home, ['pin', ...args])
        const isDone = await cutIn(disk, child, over, 150 + next() * SPREAD_MS)
        if (isDone && !removes) kept.add(root)
        await disk.withCut(() => check(t, kit, disk.path, kept))
      }
    }
  )
