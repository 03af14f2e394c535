/** Copies of pins on backends, as an operator has them: stored, found, lost, healed, moved and released. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Kubo, skipWithoutKubo } from '../servers/kubo.js'
import { Kit, runProgram } from '../support/cli.js'
import { PYTHON, skipWithoutPython } from '../support/python.js'
import { tempFolder } from '../support/temp.js'

t.setTimeout(300_000)

interface Copy {
  readonly cid: string
  readonly backend: string
  readonly status: string
}

interface Stage {
  readonly folder: string
  readonly kit: Kit
  readonly root: string
  /** Where the archive of a pin lies on a backend. */
  readonly archive: (backend: string, cid?: string) => string
}

/** A home with a pinned folder, and backends that are folders. */
async function stage(t: Test, ...backends: string[]): Promise<Stage> {
  const folder = tempFolder(t, 'copies')
  const kit = new Kit(join(folder, 'home'))
  mkdirSync(join(folder, 'source/sub'), { recursive: true })
  for (let i = 0; i < 5; i++)
    writeFileSync(join(folder, `source/sub/file ${i}`), Buffer.alloc(300_000 * i, `file ${i}`))
  const root = await kit.add(join(folder, 'source'))
  for (const name of backends) {
    mkdirSync(join(folder, name))
    await kit.ok('backend', 'add', name, '--type', 'filesystem', '--path', join(folder, name))
  }
  const archive = (backend: string, cid = root): string =>
    join(folder, backend, 'cars', `${cid}.car`)
  return { folder, kit, root, archive }
}

const copiesOf = async (kit: Kit): Promise<string[]> =>
  (await kit.json<{ pins: Copy[] }>('pin', 'ls', '--backend', 'all')).pins.map(
    ({ backend, status }) => `${backend} ${status}`
  )

t.test(
  'a copy is an archive that others can use, and its mapping a table',
  { timeout: 120_000 },
  async (t) => {
    const { folder, kit, root, archive } = await stage(t, 'nas', 'usb')
    await kit.ok('pin', 'add', root, '--backend', 'nas,usb', '--name', 'photos', '--tag', 'master')
    t.same(await copiesOf(kit), ['nas stored', 'usb stored'])
    const other = new Kit(join(folder, 'other'))
    await other.ok('car', 'import', archive('nas'))
    t.match(await other.ok('pin', 'ls'), root, 'the archive is the whole pin')
    t.equal(
      await kit.ok('pin', 'ls', '--backend', 'all', '--name', 'phot*', '--tag', 'master', '-q'),
      `${root}\n${root}`
    )
    t.equal(await kit.ok('pin', 'ls', '--backend', 'all', '--name', 'other', '-q'), '')
    const where = await kit.json<{ copies: object[] }>('pin', 'whereis', root)
    t.match(where, { name: 'photos', tags: ['master'], local: { pinned: true }, copies: [{}, {}] })
    const again = await kit.json<{ copies: object[] }>('pin', 'add', root, '--backend', 'nas')
    t.same(again.copies, [], 'what is there already is left alone')
    const operations = await kit.ok('wal', 'ls')
    t.equal(operations.split('\n').filter((line) => /completed +store/.test(line)).length, 2)
  }
)

const READ = `
import sys, json, duckdb, pandas
table = pandas.read_parquet(sys.argv[1])
rows = duckdb.sql(f"select * from '{sys.argv[1]}'")
print(json.dumps([list(table.columns), [str(t) for t in rows.types], table.values.tolist()]))
`

t.test(
  'pandas and DuckDB read the mappings as six columns of text',
  { skip: skipWithoutPython },
  async (t) => {
    const { kit, root } = await stage(t, 'nas')
    await kit.ok('pin', 'add', root, '--backend', 'nas', '--name', 'photos')
    const file = join(kit.home, 'backends/nas/pin_mappings.parquet')
    const { stdout, stderr } = await runProgram(PYTHON, ['-c', READ, file])
    t.equal(stderr, '')
    const [columns, types, rows] = JSON.parse(stdout.toString()) as [string[], string[], string[][]]
    t.same(columns, ['cid', 'car_file_path', 'backend_name', 'created_at', 'status', 'metadata'])
    t.same(
      types,
      Array.from({ length: 6 }, () => 'VARCHAR')
    )
    const [cid, path, backend, createdAt, status, metadata] = rows[0]!
    t.same([cid, path, backend, status], [root, `/nas/cars/${root}.car`, 'nas', 'stored'])
    t.equal(new Date(createdAt!).toISOString(), createdAt)
    t.match(JSON.parse(metadata!), { name: 'photos', ipfs_kit: { blocks: 9 } })
  }
)

t.test(
  'Kubo imports both kinds of archives and walks them',
  { ...skipWithoutKubo, timeout: 120_000 },
  async (t) => {
    const { folder, kit, root, archive } = await stage(t, 'nas')
    await kit.ok('pin', 'add', root, '--backend', 'nas')
    const kubo = await Kubo.init(folder)
    t.match(await kubo.ipfs('dag', 'import', archive('nas')), root)
    const mappings = join(kit.home, 'backends/nas/pin_mappings.car')
    const said = await kubo.ipfs('dag', 'import', mappings)
    const [, top] = /(bafy\w+)/.exec(said) ?? []
    const walked = await kubo.ipfs('dag', 'get', `${top}/pin_mappings/0/0`)
    t.match(JSON.parse(walked), { cid: root, status: 'stored', backend_name: 'nas' })
    t.match(JSON.parse(await kubo.ipfs('dag', 'get', top!)), {
      format: 'pin_mappings_car',
      version: '1.0'
    })
  }
)

t.test('a Kubo node keeps pins itself', { ...skipWithoutKubo, timeout: 120_000 }, async (t) => {
  const { folder, kit, root } = await stage(t)
  const kubo = await Kubo.start(t, folder)
  await kit.ok('backend', 'add', 'node', '--type', 'kubo', '--api', kubo.apiUrl, '--repo', 'off')
  await kit.ok('pin', 'add', root, '--backend', 'node')
  t.match(await kubo.ipfs('pin', 'ls', '--type=recursive'), root)
  t.match(await kit.ok('pin', 'verify', '--read-data'), /1 copy hashed and sound, 0 not/)
  await kubo.ipfs('pin', 'rm', root)
  t.equal((await kit.run(['pin', 'verify'])).code, 3)
  await kit.ok('pin', 'heal')
  t.match(await kubo.ipfs('pin', 'ls', '--type=recursive'), root)
  await kit.ok('pin', 'rm', root, '--backend', 'node')
  t.notMatch(await kubo.ipfs('pin', 'ls', '--type=recursive'), root)
})

t.test(
  'threats 100: what is lost or changed is found, and healed from any good copy',
  { timeout: 120_000 },
  async (t) => {
    const { kit, root, archive } = await stage(t, 'nas', 'usb')
    await kit.ok('pin', 'add', root, '--backend', 'nas,usb')
    const whole = readFileSync(archive('usb'))
    // The copies are all there is.
    await kit.ok('pin', 'rm', root)
    await kit.ok('gc')
    const changed = Buffer.from(whole)
    changed[200_000]! ^= 1
    for (const [how, spoil, deep] of [
      ['missing', () => rmSync(archive('nas')), false],
      ['cut short', () => writeFileSync(archive('nas'), whole.subarray(0, 5000)), false],
      ['longer', () => writeFileSync(archive('nas'), Buffer.concat([whole, whole])), false],
      ['changed', () => writeFileSync(archive('nas'), changed), true],
      ['of zeros', () => writeFileSync(archive('nas'), Buffer.alloc(whole.length)), true]
    ] as const) {
      spoil()
      const flags = deep ? ['--read-data'] : []
      const { code, stdout } = await kit.run(['pin', 'verify', ...flags])
      t.equal(code, 3, how)
      t.match(stdout.toString(), /^failed +nas/, how)
      t.same(await copiesOf(kit), ['nas failed', 'usb stored'], how)
      await kit.ok('pin', 'heal')
      t.same(await copiesOf(kit), ['nas stored', 'usb stored'], how)
      t.ok(readFileSync(archive('nas')).equals(whole), `${how}: the same archive again`)
      await kit.ok('pin', 'verify', '--read-data')
    }
  }
)

t.test(
  'threats 100: the archive of another pin under this name is found by reading it',
  { timeout: 120_000 },
  async (t) => {
    const { folder, kit, root, archive } = await stage(t, 'nas')
    writeFileSync(join(folder, 'another'), Buffer.alloc(400_000, 'another'))
    const other = await kit.add(join(folder, 'another'))
    await kit.ok('pin', 'add', root, other, '--backend', 'nas')
    writeFileSync(archive('nas'), readFileSync(archive('nas', other)))
    const { code, stdout } = await kit.run(['pin', 'verify', '--read-data'])
    t.equal(code, 3)
    t.match(stdout.toString(), new RegExp(`^failed +nas +\\S+ \\S+ +${root}`))
    await kit.ok('pin', 'heal')
    await kit.ok('pin', 'verify', '--read-data')
  }
)

t.test(
  'threats 101: a backend that cannot be asked is no loss, and one that is back is healed',
  { timeout: 120_000 },
  async (t) => {
    const { folder, kit, root } = await stage(t, 'nas', 'usb')
    await kit.ok('pin', 'add', root, '--backend', 'usb')
    const away = join(folder, 'away')
    renameSync(join(folder, 'usb'), away)
    const verified = await kit.run(['pin', 'verify'])
    t.not(verified.code, 0)
    t.match(verified.stdout.toString(), /^unknown +usb/)
    t.same(await copiesOf(kit), ['usb stored'], 'what was believed before is still believed')
    renameSync(join(folder, 'nas'), join(folder, 'nas-away'))
    writeFileSync(join(folder, 'two'), 'two')
    const two = await kit.add(join(folder, 'two'))
    const failed = await kit.run(['pin', 'add', two, '--backend', 'nas'])
    t.not(failed.code, 0)
    t.match(failed.stderr, /1 of 1 copies failed; `ipfs-kit pin heal`/)
    renameSync(away, join(folder, 'usb'))
    renameSync(join(folder, 'nas-away'), join(folder, 'nas'))
    await kit.ok('pin', 'heal')
    t.same((await copiesOf(kit)).toSorted(), ['nas stored', 'usb stored'])
    await kit.ok('pin', 'verify', '--read-data')
  }
)

t.test('a policy chooses backends, and keeps what it asks for', { timeout: 120_000 }, async (t) => {
  const { folder, kit, root } = await stage(t, 'nas', 'tape', 'usb')
  await kit.ok('config', 'set', 'pins.replicas', '2')
  await kit.ok('config', 'set', 'pins.preferred', 'usb,tape')
  await kit.ok('pin', 'add', root)
  t.same(await copiesOf(kit), ['tape stored', 'usb stored'])
  const refused = await kit.run(['pin', 'rm', root, '--backend', 'usb'])
  t.not(refused.code, 0)
  t.match(refused.stderr, /1 of the 2 copies that are asked for would be left/)
  t.same(await copiesOf(kit), ['tape stored', 'usb stored'])
  const removed = await kit.run(['backend', 'rm', 'usb'])
  t.not(removed.code, 0)
  t.match(removed.stderr, /backend usb has copies of pins \(1\); move them with `ipfs-kit backend drain usb`/) // prettier-ignore
  await kit.ok('backend', 'drain', 'usb')
  t.same(await copiesOf(kit), ['nas stored', 'tape stored'])
  t.same(readdirSync(join(folder, 'usb/cars')), [])
  await kit.ok('backend', 'rm', 'usb')
  await kit.ok('config', 'set', 'pins.rules', 'tag=master replicas=1 require=nas')
  await kit.ok('pin', 'rm', root, '--backend', 'tape', '--force')
  await kit.ok('pin', 'heal')
  t.same(await copiesOf(kit), ['nas stored', 'tape stored'], 'heal makes what is asked for')
  const many = await kit.run(['pin', 'add', root, '--replicas', '5'])
  t.equal(many.code, 78)
  t.match(many.stderr, /5 copies are asked for, and only 2 can be kept/)
})

t.test(
  'cost chooses, trust counts, and what is read only is left alone',
  { timeout: 120_000 },
  async (t) => {
    const { folder, kit, root, archive } = await stage(t, 'nas', 'odd', 'usb')
    await kit.ok('backend', 'update', 'usb', '--cost', '10')
    await kit.ok('backend', 'update', 'odd', '--cost', '1', '--trust', 'untrusted')
    await kit.ok('config', 'set', 'pins.replicas', '1')
    await kit.ok('pin', 'add', root)
    t.same(await copiesOf(kit), ['usb stored'], 'the cheapest of those whose copies count')
    await kit.ok('pin', 'add', root, '--backend', 'odd')
    await kit.ok('pin', 'rm', root)
    const insights = await kit.ok('daemon', 'intelligent', 'insights')
    t.match(insights, /no pin has more copies/)
    t.match(insights, /the loss of usb would be the loss of 1 pin/)
    t.match(await kit.ok('pin', 'whereis', root), /^odd .*; untrusted, so it does not count$/m)
    t.match(await kit.json('pin', 'whereis', root), { would_be_lost_with: ['usb'] })
    t.match(await kit.ok('daemon', 'intelligent', 'status', '--detailed'), /odd +1 .*untrusted/)
    const refused = await kit.run(['pin', 'rm', root, '--backend', 'usb'])
    t.match(refused.stderr, /0 of the 1 copies that are asked for would be left/)
    await kit.ok('backend', 'update', 'usb', '--read-only')
    await kit.ok('pin', 'verify', '--read-data')
    await kit.ok('config', 'set', 'pins.replicas', '2')
    await kit.ok('pin', 'heal')
    t.same(await copiesOf(kit), ['nas stored', 'odd stored', 'usb stored'], 'what is there counts')
    await kit.ok('config', 'set', 'pins.replicas', '1')
    rmSync(archive('usb'))
    const missing = await kit.run(['pin', 'rm', root, '--backend', 'nas'])
    t.match(missing.stderr, /0 of the 1 copies .* would be left; the copy on usb does not count: usb does not have/) // prettier-ignore
    t.ok(existsSync(archive('nas')), 'the only copy that is there stays')
    await kit.ok('backend', 'update', 'nas', '--trust', 'trusted')
    renameSync(join(folder, 'nas'), join(folder, 'away'))
    await kit.ok('backend', 'update', 'usb', '--writable')
    t.match(
      (await kit.run(['pin', 'rm', root, '--backend', 'usb'])).code,
      0,
      'what is trusted is not asked'
    )
  }
)

t.test('beside an engine all is the same', { timeout: 120_000 }, async (t) => {
  const { kit, root } = await stage(t, 'nas')
  t.teardown(() => kit.run(['daemon', 'stop']))
  await kit.ok('daemon', 'start')
  await kit.ok('pin', 'add', root, '--backend', 'nas')
  t.same(await copiesOf(kit), ['nas stored'])
  const before = await kit.json<{ pid: number }>('daemon', 'status')
  const after = await kit.json<{ pid: number; was_running: boolean }>('daemon', 'restart')
  t.ok(after.was_running && after.pid !== before.pid, 'another engine runs')
  await kit.ok('pin', 'verify', '--read-data')
  await kit.ok('pin', 'rm', root, '--backend', 'nas')
  t.same(await copiesOf(kit), [])
})

t.test(
  'what an operator asks, and the repair of what is not stored',
  { timeout: 120_000 },
  async (t) => {
    const { folder, kit, root } = await stage(t, 'nas', 'usb')
    await kit.ok('pin', 'add', root, '--backend', 'nas')
    t.match(await kit.ok('daemon', 'intelligent', 'health'), /nas +1 +0 +0/)
    t.match(await kit.ok('daemon', 'intelligent', 'insights'), /every pin would survive/)
    await kit.ok('pin', 'rm', root)
    t.match(
      await kit.ok('daemon', 'intelligent', 'insights'),
      /the loss of nas would be the loss of 1 pin: /
    )
    writeFileSync(join(folder, 'two'), 'two')
    const two = await kit.add(join(folder, 'two'))
    renameSync(join(folder, 'usb'), join(folder, 'away'))
    await kit.run(['pin', 'add', two, '--backend', 'usb'])
    await kit.run(['pin', 'add', root, '--backend', 'usb'])
    await kit.ok('pin', 'rm', root)
    // What failed is no copy: neither does a pin survive by it, nor does it count as made.
    const seen = await kit.json('daemon', 'intelligent', 'insights')
    t.match(seen.lost_with, [{ backend: 'nas', count: 1, cids: [root] }])
    t.match(seen.growth, [{ copies: 1 }])
    t.match(await kit.json('pin', 'whereis', root), { would_be_lost_with: ['nas'] })
    const status = await kit.run(['daemon', 'intelligent', 'status', '--detailed'])
    t.equal(status.code, 4)
    t.match(status.stdout.toString(), /usb: 2 × /)
    renameSync(join(folder, 'away'), join(folder, 'usb'))
    // All is stored there, so it is not asked: it is not even there.
    renameSync(join(folder, 'nas'), join(folder, 'nas-away'))
    const synced = await kit.json<{ untouched: string[]; copies: Copy[] }>(
      'daemon',
      'intelligent',
      'sync'
    )
    t.same(synced.untouched, ['nas'])
    t.same(synced.copies.map(({ cid }) => cid).sort(), [root, two].sort())
    t.ok(synced.copies.every(({ backend, status }) => backend === 'usb' && status === 'stored'))
    t.same((await copiesOf(kit)).toSorted(), ['nas stored', 'usb stored', 'usb stored'])
    const copied = join(folder, 'usb/pin_mappings/nas/pin_mappings.parquet')
    t.ok(
      readFileSync(copied).equals(readFileSync(join(kit.home, 'backends/nas/pin_mappings.parquet')))
    )
    t.equal((await kit.run(['daemon', 'intelligent', 'nonsense'])).code, 2)
  }
)
