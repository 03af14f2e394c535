/** What a policy asks of pins that no backend has yet, and what is told of copies that nobody knows of. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

t.setTimeout(120_000)

interface Stage {
  readonly folder: string
  readonly kit: Kit
  readonly root: string
}

/** A home with a pinned file that is on no backend, and backends that are folders. */
async function stage(t: Test, ...backends: string[]): Promise<Stage> {
  const folder = tempFolder(t, 'policy')
  const kit = new Kit(join(folder, 'home'))
  writeFileSync(join(folder, 'a.txt'), 'a text')
  const root = await kit.add(join(folder, 'a.txt'))
  for (const name of backends) {
    mkdirSync(join(folder, name))
    await kit.ok('backend', 'add', name, '--type', 'filesystem', '--path', join(folder, name))
  }
  return { folder, kit, root }
}

const copiesOf = async (kit: Kit): Promise<string[]> =>
  (
    await kit.json<{ pins: { backend: string; status: string }[] }>('pin', 'ls', '--backend', 'all')
  ).pins.map(({ backend, status }) => `${backend} ${status}`)

const insightsOf = (kit: Kit): Promise<string> => kit.ok('daemon', 'intelligent', 'insights')

t.test('a policy counts for pins that are on no backend yet', async (t) => {
  const { folder, kit, root } = await stage(t, 'nas', 'usb')
  t.match(await insightsOf(kit), /^no pin has fewer copies/, 'no policy asks for any')
  await kit.ok('config', 'set', 'pins.replicas', '2')
  t.match(await insightsOf(kit), new RegExp(`^1 pin has fewer copies .*: ${root}`))
  await kit.ok('pin', 'heal', root)
  t.same(await copiesOf(kit), ['nas stored', 'usb stored'])
  t.match(await insightsOf(kit), /^no pin has fewer copies/)
  writeFileSync(join(folder, 'b.txt'), 'b text')
  const second = await kit.add(join(folder, 'b.txt'))
  const synced = await kit.json('daemon', 'intelligent', 'sync')
  t.match(synced, { copies: [{ cid: second }, { cid: second }], untouched: [] })
  writeFileSync(join(folder, 'c.txt'), 'c text')
  await kit.add(join(folder, 'c.txt'))
  await kit.ok('pin', 'heal')
  t.equal((await copiesOf(kit)).length, 6)
  t.match(await kit.ok('pin', 'heal'), /^6 copies needed nothing$/)
})

t.test('a policy names backends that there are, or is told once', async (t) => {
  const { folder, kit } = await stage(t, 'nas')
  const refused = await kit.run(['config', 'set', 'pins.required', 'nope'])
  t.equal(refused.code, 2)
  t.match(refused.stderr, /pins.required names "nope", which is no backend: the backends are nas;/)
  await kit.ok('config', 'set', 'pins.required', 'nas')
  t.match(await insightsOf(kit), /^1 pin has fewer copies/)
  writeFileSync(join(kit.home, 'mount.config.json'), '{"pins": {"required": "nope"}}')
  t.match((await kit.run(['config', 'check'])).stdout.toString(), /names "nope"/)
  writeFileSync(join(folder, 'b.txt'), 'b text')
  await kit.add(join(folder, 'b.txt'))
  const healed = await kit.run(['pin', 'heal'])
  t.equal(healed.stderr.split('requires a copy on "nope"').length, 2, healed.stderr)
})

t.test('what is nowhere, or cannot be looked at, survives nothing', async (t) => {
  const { folder, kit, root } = await stage(t, 'nas')
  await kit.ok('pin', 'add', root, '--backend', 'nas')
  renameSync(join(folder, 'nas'), join(folder, 'away'))
  t.not((await kit.run(['pin', 'verify'])).code, 0)
  const health = await kit.run(['daemon', 'intelligent', 'health'])
  t.not(health.code, 0)
  t.match(health.stdout.toString(), /^nas: 1 copy could not be looked at last time: .*no folder/m)
  t.match(await kit.json('daemon', 'intelligent', 'insights'), { unknown: { count: 1 } })
  t.notMatch(await insightsOf(kit), /would survive/)
  const drained = await kit.run(['backend', 'drain', 'nas'])
  t.not(drained.code, 0)
  t.notMatch(drained.stderr, /has no pins any more|--replicas/)
  renameSync(join(folder, 'away'), join(folder, 'nas'))
  await kit.ok('pin', 'verify')
  t.match(await kit.ok('daemon', 'intelligent', 'health'), /^nas +1 +0 +0 +0/m)
  await kit.ok('pin', 'rm', root)
  await kit.ok('gc')
  t.match(await insightsOf(kit), /the loss of nas would be the loss of 1 pin/)
  rmSync(join(folder, 'nas/cars'), { recursive: true })
  t.not((await kit.run(['pin', 'verify'])).code, 0)
  const insights = await insightsOf(kit)
  t.match(insights, new RegExp(`^1 pin has no copy that is stored, here or on a backend: ${root}`))
  t.notMatch(insights, /would survive/)
})

t.test('a drain says that a backend is empty where it is', async (t) => {
  const { folder, kit, root } = await stage(t, 'nas', 'usb')
  await kit.ok('pin', 'add', root, '--backend', 'usb')
  renameSync(join(folder, 'usb'), join(folder, 'away'))
  const failed = await kit.run(['backend', 'drain', 'usb'])
  t.not(failed.code, 0)
  t.notMatch(failed.stderr, /has no pins any more/)
  t.same(await copiesOf(kit), ['nas stored', 'usb failed'])
  renameSync(join(folder, 'away'), join(folder, 'usb'))
  t.match((await kit.run(['backend', 'drain', 'usb'])).stderr, /usb has no pins any more/)
})
