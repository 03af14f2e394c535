/** Where copies lie is known again: another disk in its place is no loss, and one place is no two copies. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs' // prettier-ignore
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

t.setTimeout(300_000)

interface Stage {
  readonly folder: string
  readonly kit: Kit
  readonly root: string
}

async function stage(t: Test): Promise<Stage> {
  const folder = tempFolder(t, 'places')
  const kit = new Kit(join(folder, 'home'))
  writeFileSync(join(folder, 'file'), 'what is kept')
  return { folder, kit, root: await kit.add(join(folder, 'file')) }
}

async function addFolder({ folder, kit }: Stage, name: string, path = name): Promise<void> {
  mkdirSync(join(folder, path), { recursive: true })
  await kit.ok('backend', 'add', name, '--type', 'filesystem', '--path', join(folder, path))
}

const copiesOf = async (kit: Kit): Promise<string[]> =>
  (
    await kit.json<{ pins: { backend: string; status: string }[] }>('pin', 'ls', '--backend', 'all')
  ).pins.map(({ backend, status }) => `${backend} ${status}`)

t.test('threats 136: the mountpoint of a disk that is not there is no empty disk', async (t) => {
  const made = await stage(t)
  const { folder, kit, root } = made
  await addFolder(made, 'usb')
  await kit.ok('pin', 'add', root, '--backend', 'usb')
  const disk = join(folder, 'usb')
  renameSync(disk, join(folder, 'away'))
  mkdirSync(disk)
  for (const more of [[], ['--read-data']]) {
    const { code, stdout, stderr } = await kit.run(['pin', 'verify', ...more])
    t.not(code, 0)
    t.match(stdout.toString() + stderr, /the place of backend usb is not the one/)
    t.same(await copiesOf(kit), ['usb stored'], 'nothing is known of the copy')
  }
  const removed = await kit.run(['pin', 'rm', root, '--backend', 'usb', '--force'])
  t.not(removed.code, 0)
  writeFileSync(join(folder, 'file'), 'something else')
  const other = await kit.add(join(folder, 'file'))
  t.not((await kit.run(['pin', 'add', other, '--backend', 'usb'])).code, 0)
  t.same(readdirSync(disk), [], 'nothing is stored below a mountpoint')
  rmSync(disk, { recursive: true })
  renameSync(join(folder, 'away'), disk)
  await kit.ok('pin', 'heal')
  await kit.ok('pin', 'add', other, '--backend', 'usb')
  t.ok(existsSync(join(disk, 'cars', `${other}.car`)))
})

t.test('a new disk is begun when it is told', async (t) => {
  const made = await stage(t)
  const { folder, kit, root } = made
  await addFolder(made, 'usb')
  await kit.ok('pin', 'add', root, '--backend', 'usb')
  rmSync(join(folder, 'usb'), { recursive: true })
  mkdirSync(join(folder, 'usb'))
  await kit.ok('backend', 'update', 'usb', '--new-place')
  await kit.run(['pin', 'verify'])
  t.same(await copiesOf(kit), ['usb failed'])
  await kit.ok('pin', 'heal')
  t.ok(existsSync(join(folder, 'usb/cars', `${root}.car`)))
})

t.test('threats 136: what an older version filled is no empty disk either', async (t) => {
  const made = await stage(t)
  const { folder, kit, root } = made
  await addFolder(made, 'usb')
  await kit.ok('pin', 'add', root, '--backend', 'usb')
  const disk = join(folder, 'usb')
  const config = join(kit.home, 'backends/usb/backend.json')
  const { place: _, ...older } = JSON.parse(readFileSync(config, 'utf8')) as { place?: string }
  writeFileSync(config, JSON.stringify(older))
  rmSync(join(disk, 'ipfs-kit.place'))
  renameSync(disk, join(folder, 'away'))
  mkdirSync(disk)
  writeFileSync(join(folder, 'file'), 'something else')
  const other = await kit.add(join(folder, 'file'))
  const refused = await kit.run(['pin', 'add', other, '--backend', 'usb'])
  t.match(refused.stdout.toString() + refused.stderr, /none of their archives/)
  t.not((await kit.run(['pin', 'verify'])).code, 0)
  t.ok((await copiesOf(kit)).includes('usb stored'), 'nothing is known of the copy')
  t.same(readdirSync(disk), [])
  rmSync(disk, { recursive: true })
  renameSync(join(folder, 'away'), disk)
  await kit.ok('pin', 'add', other, '--backend', 'usb')
  t.ok(existsSync(join(disk, 'ipfs-kit.place')))
})

t.test('a clone of a disk is a place of its own once it is told', async (t) => {
  const made = await stage(t)
  const { folder, kit, root } = made
  await addFolder(made, 'a')
  await kit.ok('pin', 'add', root, '--backend', 'a')
  cpSync(join(folder, 'a'), join(folder, 'b'), { recursive: true })
  await addFolder(made, 'b')
  const { stdout, stderr } = await kit.run(['pin', 'add', root, '--backend', 'b'])
  t.match(stdout.toString() + stderr, /a cloned disk, run `ipfs-kit backend update b --new-place`/)
  await kit.ok('backend', 'update', 'b', '--new-place')
  await kit.ok('pin', 'add', root, '--backend', 'b')
  await kit.ok('pin', 'verify')
  t.same((await copiesOf(kit)).sort(), ['a stored', 'b stored'])
})

t.test('threats 137: two backends over one place are no two copies', async (t) => {
  const made = await stage(t)
  const { folder, kit, root } = made
  await addFolder(made, 'a', 'one')
  await addFolder(made, 'b', 'one')
  const { code, stdout, stderr } = await kit.run(['pin', 'add', root, '--backend', 'a,b'])
  t.not(code, 0)
  t.match(stdout.toString() + stderr, /have the same place/)
  t.same((await copiesOf(kit)).filter((copy) => copy.endsWith('stored')).length, 1)
  const [stored] = (await copiesOf(kit)).filter((copy) => copy.endsWith('stored'))
  await kit.run(['backend', 'drain', stored!.split(' ')[0]!])
  t.ok(existsSync(join(folder, 'one/cars', `${root}.car`)), 'it stays')
})

t.test('threats 137: what one backend has stored in a place no other one removes', async (t) => {
  const made = await stage(t)
  const { folder, kit, root } = made
  await addFolder(made, 'a', 'one')
  await addFolder(made, 'b', 'one')
  await addFolder(made, 'c')
  await kit.ok('pin', 'add', root, '--backend', 'a')
  const archive = join(folder, 'one/cars', `${root}.car`)
  t.not((await kit.run(['pin', 'add', root, '--backend', 'b'])).code, 0)
  await kit.ok('pin', 'rm', root, '--backend', 'b')
  t.same(await copiesOf(kit), ['a stored'])
  t.ok(existsSync(archive))
  t.not((await kit.run(['pin', 'add', root, '--backend', 'b'])).code, 0)
  await kit.ok('backend', 'drain', 'b', '--to', 'c')
  t.ok(existsSync(archive))
  await kit.ok('backend', 'rm', 'b')
  await kit.ok('pin', 'verify', '--read-data')
})

t.test('the test of a backend writes nothing into another place', async (t) => {
  const made = await stage(t)
  const { folder, kit, root } = made
  await addFolder(made, 'usb')
  await kit.ok('pin', 'add', root, '--backend', 'usb')
  await kit.ok('backend', 'test', 'usb')
  renameSync(join(folder, 'usb'), join(folder, 'away'))
  mkdirSync(join(folder, 'usb'))
  const { code, stdout } = await kit.run(['backend', 'test', 'usb'])
  t.not(code, 0)
  t.match(stdout.toString(), /not the place that pins were stored in \(its mark is missing\)/)
  t.same(readdirSync(join(folder, 'usb')), [])
})

t.test('two homes share a place, and a place keeps its mark', async (t) => {
  const made = await stage(t)
  const { folder, kit, root } = made
  await addFolder(made, 'nas')
  await kit.ok('pin', 'add', root, '--backend', 'nas')
  const mark = readFileSync(join(folder, 'nas/ipfs-kit.place'), 'utf8')
  const other = { folder, kit: new Kit(join(folder, 'other')), root }
  writeFileSync(join(folder, 'file'), 'of the other home')
  const cid = await other.kit.add(join(folder, 'file'))
  await addFolder(other, 'nas')
  await other.kit.ok('pin', 'add', cid, '--backend', 'nas')
  t.equal(readFileSync(join(folder, 'nas/ipfs-kit.place'), 'utf8'), mark)
  for (const one of [kit, other.kit]) await one.ok('pin', 'verify', '--read-data')
})
