/** Movement of copies between backends by heat: cold pins to the cheap ones, hot ones back to the near ones. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Kubo, skipWithoutKubo } from '../servers/kubo.js'
import { Kit, runProgram } from '../support/cli.js'
import { put } from '../support/legacy-home.js'
import { skipWithoutMount } from '../support/mount.js'
import { tempFolder } from '../support/temp.js'

t.setTimeout(300_000)

interface Moved {
  readonly moves: readonly { readonly from: string; readonly to: string; readonly why: string }[]
}

interface Stage {
  readonly folder: string
  readonly kit: Kit
  readonly root: string
  readonly archive: (backend: string) => string
}

const copiesOf = async (kit: Kit): Promise<string[]> =>
  (
    await kit.json<{ pins: { backend: string; status: string }[] }>('pin', 'ls', '--backend', 'all')
  ).pins.map(({ backend, status }) => `${backend} ${status}`)

/** A home with a policy, and backends that are folders: near and dear, far and cheap, and one between. */
async function stage(t: Test, replicas: number): Promise<Stage> {
  const folder = tempFolder(t, 'tiers')
  const kit = new Kit(join(folder, 'home'))
  mkdirSync(join(folder, 'source'))
  for (let i = 0; i < 3; i++)
    writeFileSync(join(folder, 'source', `file ${i}`), Buffer.alloc(300_000 * i + 10, `file ${i}`))
  const root = await kit.add(join(folder, 'source'))
  for (const [name, priority, cost] of [
    ['nas', '1', '100'],
    ['middle', '50', '50'],
    ['tape', '200', '1']
  ] as const) {
    mkdirSync(join(folder, name))
    const options = ['--path', join(folder, name), '--priority', priority, '--cost', cost]
    await kit.ok('backend', 'add', name, '--type', 'filesystem', ...options)
  }
  await kit.ok('config', 'set', 'pins.cold_after', '30d')
  await kit.ok('config', 'set', 'pins.replicas', String(replicas))
  return { folder, kit, root, archive: (name) => join(folder, name, 'cars', `${root}.car`) }
}

/** Makes the pins of a backend old: as an older installation left them. */
async function age({ kit, folder, root }: Stage, name: string, cost: string): Promise<void> {
  const { pins } = await kit.json<{ pins: { path: string }[] }>('pin', 'ls', '--backend', name)
  await kit.ok('backend', 'rm', name, '--force')
  const options = ['--path', join(folder, name), '--priority', '1', '--cost', cost]
  await kit.ok('backend', 'add', name, '--type', 'filesystem', ...options)
  const old = pins.map(({ path }) => ({ cid: root, car_file_path: path, created_at: '2023-01-01T00:00:00Z' })) // prettier-ignore
  put(kit.home, `backends/${name}/pins.json`, JSON.stringify(old))
  await kit.ok('backend', 'migrate-pin-mappings')
}

t.test('a pin moves with its heat, and keeps its name and age', { timeout: 180_000 }, async (t) => {
  const staged = await stage(t, 1)
  const { kit, root, archive } = staged
  await kit.ok('pin', 'add', root)
  t.same(await copiesOf(kit), ['nas stored'], 'what is new belongs where it is near')
  t.match(await kit.run(['pin', 'move']), { code: 0, stderr: /every copy is where/ })
  await age(staged, 'nas', '100')
  const whole = readFileSync(archive('nas'))
  // The copy is all there is, so that reads ask the backend.
  await kit.ok('pin', 'rm', root)
  await kit.ok('gc')
  t.match(await kit.ok('daemon', 'intelligent', 'insights'), /^1 pin would move \(nobody reads them/m) // prettier-ignore
  t.match(
    await kit.ok('pin', 'move', '--dry-run'),
    new RegExp(`^WHY +FROM +TO +CID\ncold +nas +tape +${root}$`)
  )
  t.same(await copiesOf(kit), ['nas stored'])
  await kit.ok('pin', 'move')
  t.same(await copiesOf(kit), ['tape stored'])
  t.ok(readFileSync(archive('tape')).equals(whole))
  t.notOk(existsSync(archive('nas')))
  t.match(await kit.ok('wal', 'ls', '--type', 'move'), /completed +move/)
  await kit.ok('pin', 'verify', '--read-data')
  t.match(await kit.json<Moved>('pin', 'move'), { moves: [] }, 'moving it was no use of it')
  await kit.ok('cat', `${root}/file 2`)
  t.match(await kit.json<Moved>('pin', 'move', '--dry-run'), { moves: [{ from: 'tape', to: 'nas', why: 'hot' }] }) // prettier-ignore
  await kit.ok('pin', 'move')
  t.same(await copiesOf(kit), ['nas stored'])
  await kit.ok('cache', 'clear')
  t.match(await kit.json<Moved>('pin', 'move'), { moves: [] }, 'the cache may forget that it was read') // prettier-ignore
  const { pins } = await kit.json<{ pins: { created_at: string }[] }>('pin', 'ls', '--backend', 'nas') // prettier-ignore
  t.match(pins, [{ created_at: '2023-01-01T00:00:00.000Z' }])
})

t.test(
  'what is read through the mount is warm, and its pin moves near',
  { ...skipWithoutMount, timeout: 180_000 },
  async (t) => {
    const staged = await stage(t, 1)
    const { kit, folder, root } = staged
    await kit.ok('pin', 'add', root)
    await age(staged, 'nas', '100')
    // The copy is all there is, so that reads ask the backend.
    await kit.ok('pin', 'rm', root)
    await kit.ok('gc')
    await kit.ok('pin', 'move')
    t.same(await copiesOf(kit), ['tape stored'], 'nobody reads it')
    const point = join(folder, 'mnt')
    await kit.ok('mount', point)
    t.teardown(() => kit.run(['unmount', '--force', point]))
    t.match(await kit.json<Moved>('pin', 'move'), { moves: [] }, 'a mount alone reads nothing')
    const read = await runProgram('cat', [join(point, 'ipfs', root, 'file 2')])
    t.equal(read.stdout.length, 600_010)
    t.match(await kit.json<Moved>('pin', 'move'), { moves: [{ from: 'tape', to: 'nas', why: 'hot' }] }) // prettier-ignore
    t.same(await copiesOf(kit), ['nas stored'])
    await kit.ok('unmount', point)
  }
)

t.test(
  'threats 105: a copy goes only when as many are left as are asked for',
  { timeout: 180_000 },
  async (t) => {
    const staged = await stage(t, 2)
    const { kit, folder, root, archive } = staged
    await kit.ok('pin', 'add', root)
    t.same(await copiesOf(kit), ['middle stored', 'nas stored'])
    await age(staged, 'nas', '100')
    renameSync(join(folder, 'middle'), join(folder, 'away'))
    const moved = await kit.run(['pin', 'move'])
    t.match(moved.stderr, /stays on nas: 1 of the 2 copies .* the copy on middle does not count/)
    t.same(await copiesOf(kit), ['middle stored', 'nas stored', 'tape stored'])
    renameSync(join(folder, 'away'), join(folder, 'middle'))
    await kit.ok('pin', 'move')
    t.same(await copiesOf(kit), ['middle stored', 'tape stored'], 'the move is ended later')
    renameSync(join(folder, 'nas'), join(folder, 'nas-away'))
    t.same(await kit.json<Moved>('pin', 'move').then(({ moves }) => moves), [])
    t.ok(existsSync(archive('tape')) && existsSync(archive('middle')))
  }
)

t.test(
  'threats 105: a target that fails leaves all as it was, and is tried again',
  { timeout: 180_000 },
  async (t) => {
    const staged = await stage(t, 1)
    const { kit, folder, root, archive } = staged
    await kit.ok('pin', 'add', root)
    await age(staged, 'nas', '100')
    renameSync(join(folder, 'tape'), join(folder, 'away'))
    t.not((await kit.run(['pin', 'move'])).code, 0)
    t.same(await copiesOf(kit), ['nas stored', 'tape failed'])
    t.ok(existsSync(archive('nas')))
    t.match(await kit.ok('daemon', 'intelligent', 'health'), /^1 pin did not move to tape yet/m, 'nothing is lacking') // prettier-ignore
    renameSync(join(folder, 'away'), join(folder, 'tape'))
    await kit.ok('pin', 'heal')
    t.same(await copiesOf(kit), ['nas stored', 'tape stored'])
    await kit.ok('pin', 'move')
    t.same(await copiesOf(kit), ['tape stored'])
  }
)

t.test(
  'threats 105: killed in the middle, a move loses nothing and is ended by the next',
  { timeout: 240_000 },
  async (t) => {
    const staged = await stage(t, 1)
    const { kit, root, archive } = staged
    await kit.ok('pin', 'add', root)
    await age(staged, 'nas', '100')
    // So slow that there is time to kill it.
    await kit.ok('backend', 'update', 'tape', '--max-upload', '300KB')
    const killed = await kit.run(['pin', 'move'], {
      onStart: (child) => {
        const ended = (): boolean => child.exitCode !== null || child.signalCode !== null
        const look = (): void => {
          if (existsSync(join(staged.folder, 'tape/cars'))) child.kill('SIGKILL')
          else if (!ended()) setImmediate(look)
        }
        look()
      }
    })
    t.equal(killed.signal, 'SIGKILL')
    t.ok(existsSync(archive('nas')))
    t.notOk(existsSync(archive('tape')))
    t.same(await copiesOf(kit), ['nas stored', 'tape pending'])
    await kit.ok('backend', 'update', 'tape', '--max-upload', 'off')
    await kit.ok('pin', 'heal')
    t.match(
      await kit.ok('wal', 'ls', '--type', 'move'),
      / completed /,
      'another try carries the operation on'
    )
    await kit.ok('pin', 'move')
    t.same(await copiesOf(kit), ['tape stored'])
    await kit.ok('pin', 'verify', '--read-data')
  }
)

t.test('a Kubo node is a tier, too', { ...skipWithoutKubo, timeout: 180_000 }, async (t) => {
  const staged = await stage(t, 1)
  const { kit, folder, root, archive } = staged
  const kubo = await Kubo.start(t, folder)
  await kit.ok('backend', 'add', 'node', '--type', 'kubo', '--api', kubo.apiUrl, '--repo', 'off', '--priority', '0', '--cost', '500') // prettier-ignore
  await kit.ok('pin', 'add', root)
  t.same(await copiesOf(kit), ['node stored'])
  await kit.ok('config', 'set', 'pins.cold_after', 'off')
  t.match(await kit.json<Moved>('pin', 'move'), { moves: [{ from: 'node', to: 'tape', why: 'policy' }] }) // prettier-ignore
  t.same(await copiesOf(kit), ['tape stored'])
  t.notMatch(await kubo.ipfs('pin', 'ls', '--type=recursive'), root)
  await kit.ok('config', 'set', 'pins.cold_after', '30d')
  await kit.ok('pin', 'move')
  t.same(await copiesOf(kit), ['node stored'])
  t.match(await kubo.ipfs('pin', 'ls', '--type=recursive'), root)
  t.notOk(existsSync(archive('tape')))
})
