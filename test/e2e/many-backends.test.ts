/**
 * Random DAGs on random pairs of real servers, which are killed, stopped, filled up, slowed, or given
 * other credentials meanwhile: at the end `pin heal` leaves every copy stored, and every byte verifies
 * from each copy alone. MANY_DAGS sets how many, MANY_SEED what happens.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { Kit } from '../support/cli.js'
import { failingServers, type FailingServer } from '../support/failing-servers.js'
import { randomOf } from '../support/random.js'
import { tempFolder } from '../support/temp.js'

const DAGS = Number(process.env['MANY_DAGS'] ?? 24)
const SEED = Number(process.env['MANY_SEED'] ?? 7)
/** DAGs that are stored by one command, on the same pair. */
const BATCH = 4
/** Batches after which what was interrupted is healed, in the midst of the next fault. */
const HEAL_EVERY = 5

t.setTimeout(1_800_000)

interface Copy {
  readonly cid: string
  readonly backend: string
  readonly status: string
}

const copiesOf = async (kit: Kit): Promise<readonly Copy[]> =>
  (await kit.json<{ pins: Copy[] }>('pin', 'ls', '--backend', 'all')).pins

async function addDags(kit: Kit, folder: string, batch: number, next: () => number) {
  const roots: string[] = []
  for (let i = 0; i < BATCH; i++) {
    const source = join(folder, `dag-${batch}-${i}`)
    mkdirSync(join(source, 'sub'), { recursive: true })
    for (let file = 0; file < 1 + next() * 6; file++)
      writeFileSync(join(source, 'sub', `f${file}`), Buffer.alloc(Math.floor(next() * 700_000), `${batch} ${i} ${file}`)) // prettier-ignore
    roots.push(await kit.add(source))
  }
  return roots
}

/** Runs a command, and has a server fail at some moment of it. @returns what was done. */
async function disturbed(
  kit: Kit,
  args: readonly string[],
  { faults }: FailingServer,
  next: () => number
): Promise<string> {
  // prettier-ignore
  const names = Object.keys(faults)
  const name = names[Math.floor(next() * names.length)]
  const fault = name === undefined ? undefined : faults[name]!
  const early = next() < 0.3
  if (early) await fault?.begin()
  const running = kit.run(args)
  if (!early) {
    await delay(next() * 1500)
    await fault?.begin()
  }
  await running
  await fault?.end()
  return name ?? 'none'
}

async function proveAlone(
  t: Test,
  servers: readonly FailingServer[],
  folder: string,
  copies: readonly Copy[]
): Promise<void> {
  // prettier-ignore
  for (const { backends } of servers)
    for (const [name, add] of Object.entries(backends)) {
      const cids = copies.filter(({ backend }) => backend === name).map(({ cid }) => cid)
      if (cids.length === 0) continue
      const alone = new Kit(join(folder, `alone-${name}`))
      await add(alone)
      await alone.ok('pin', 'add', ...cids)
      t.match(await alone.ok('pin', 'ls', '--quiet'), new RegExp(cids[0]!), `${cids.length} from ${name} alone`) // prettier-ignore
    }
}

/**
 * Hashes every byte of every copy. Where a busy machine makes an answer late, which is told as unknown, it is asked for
 * again. @returns the copies that are not sound.
 */
async function unsound(kit: Kit, count: number): Promise<readonly Copy[]> {
  for (let tries = 1; ; tries++) {
    const { stdout, stderr } = await kit.run(['pin', 'verify', '--read-data', '--json'])
    const { copies } = JSON.parse(stdout.toString()) as { copies: readonly Copy[] }
    if (copies.length !== count) throw new Error(`${copies.length} of ${count} copies: ${stderr}`)
    const bad = copies.filter(({ status }) => status !== 'stored')
    if (tries === 3 || bad.some(({ status }) => status !== 'unknown') || bad.length === 0) return bad // prettier-ignore
  }
}

t.test('servers that fail lose nothing', { timeout: 1_800_000 }, async (t) => {
  const folder = tempFolder(t, 'many-backends')
  const kit = new Kit(join(folder, 'home'))
  const servers = await failingServers(t, folder, () => kit)
  for (const { backends } of servers) for (const add of Object.values(backends)) await add(kit)
  const names = servers.flatMap(({ backends }) => Object.keys(backends))
  const next = randomOf(SEED)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!
  const done = new Map<string, number>()
  let roots = 0
  for (let batch = 0; batch * BATCH < DAGS; batch++) {
    const cids = await addDags(kit, folder, batch, next)
    roots += cids.length
    const one = pick(names)
    const other = pick(names.filter((name) => name !== one))
    // One of the two servers, mostly: the others have little to do with it.
    const near = servers.filter(({ backends }) => one in backends || other in backends)
    const victim = pick(next() < 0.8 ? near : servers)
    const commands = [['pin', 'add', ...cids, '--backend', `${one},${other}`]]
    if (batch % HEAL_EVERY === HEAL_EVERY - 1) commands.push(['pin', 'heal'])
    for (const command of commands) {
      const what = await disturbed(kit, command, victim, next)
      done.set(what, (done.get(what) ?? 0) + 1)
    }
  }
  t.comment(`${names.join(', ')}: ${[...done].map(([what, count]) => `${what} ${count}`).join(', ')}`) // prettier-ignore
  for (let tries = 0; tries < 3; tries++) if ((await kit.run(['pin', 'heal'])).code === 0) break
  const copies = await copiesOf(kit)
  t.same(copies.filter(({ status }) => status !== 'stored'), []) // prettier-ignore
  t.equal(copies.length, 2 * roots)
  t.same(await unsound(kit, copies.length), [])
  await proveAlone(t, servers, folder, copies)
})
