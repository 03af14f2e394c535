/** The backend commands, as people use them, on a folder of this machine. */
import { mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

interface Shown {
  readonly type: string
  readonly options: Readonly<Record<string, readonly string[]>>
  readonly priority: number
  readonly timeout_ms: number
  readonly read_only: boolean
}

function stage(t: Test): { kit: Kit; disk: string; folder: string } {
  const folder = tempFolder(t, 'backends')
  const disk = join(folder, 'disk')
  mkdirSync(disk)
  return { kit: new Kit(join(folder, 'home')), disk, folder }
}

t.test('added, shown, changed, tried and forgotten', { timeout: 60_000 }, async (t) => {
  const { kit, disk, folder } = stage(t)
  t.match(await kit.ok('backend', 'ls'), /no backends/)
  t.match(await kit.ok('backend', 'add', 'disk', '--type', 'filesystem', '--path', disk, '--read-only'), /backend test disk/) // prettier-ignore
  t.equal(statSync(join(kit.home, 'backends', 'disk', 'backend.json')).mode & 0o077, 0)
  const shown = (): Promise<Shown> => kit.json<Shown>('backend', 'show', 'disk')
  t.match(await shown(), { type: 'filesystem', options: { path: [disk] }, priority: 100, timeout_ms: 10_000, read_only: true }) // prettier-ignore
  t.match(await kit.ok('backend', 'show', 'disk'), /read-only +yes/)
  t.match(await kit.json('backend', 'test', 'disk'), { ok: true, steps: [{ step: 'ask' }] })
  t.same(readdirSync(disk), [], 'nothing was put there')
  await kit.ok('backend', 'update', 'disk', '--priority', '7', '--timeout', '3s')
  t.match(await shown(), { options: { path: [disk] }, priority: 7, timeout_ms: 3000, read_only: true }) // prettier-ignore
  t.match(await kit.ok('backend', 'show', 'disk'), /cost +7 \(its priority\)\ntrust +semitrusted \(default\)/) // prettier-ignore
  await kit.ok('backend', 'update', 'disk', '--cost', '10', '--trust', 'untrusted')
  t.match(await kit.ok('backend', 'show', 'disk'), /cost +10\ntrust +untrusted/)
  t.match(await kit.ok('backend', 'ls'), / 7 +cost 10, untrusted, read-only/)
  t.match(await shown(), { cost: 10, trust: 'untrusted', priority: 7 })
  t.equal((await kit.run(['backend', 'update', 'disk', '--trust', 'much'])).code, 2)
  t.equal((await kit.run(['backend', 'update', 'disk', '--cost', 'much'])).code, 2)
  await kit.ok('backend', 'update', 'disk', '--writable')
  t.match(await shown(), { priority: 7, read_only: false })
  t.match(
    await kit.ok('backend', 'test', 'disk'),
    /ok +put .*\nok +get .*the same bytes\nok +delete/
  )
  t.match(
    await kit.ok('backend', 'test', 'disk'),
    /ok +range of file .*96 bytes\nok +list files.*\nok +replace file .*\nok +remove file/
  )
  t.same(readdirSync(disk), ['blocks'], 'what it put it took away')
  await kit.ok('backend', 'add', 'node', '--type', 'kubo', '--repo', 'off')
  t.match(await kit.ok('backend', 'show', 'node'), /repo +off\n.*api +what its repository says.*\(default\)\nnetwork +on \(default\)/s) // prettier-ignore
  t.match(await kit.json('backend', 'show', 'node'), { options: { repo: ['off'] }, defaults: { network: 'on' } }) // prettier-ignore
  await kit.ok('backend', 'add', 'coin', '--type', 'filecoin', '--provider', 'http://127.0.0.1:9')
  t.match(await kit.ok('backend', 'show', 'coin'), /tested against +a fixture made from the published API/) // prettier-ignore
  t.match(await kit.json('backend', 'show', 'node'), { tested_against: null })
  await kit.ok('backend', 'rm', 'node')
  await kit.ok('backend', 'rm', 'coin')
  t.match(await kit.ok('help', 'backend', 'add'), /--network on\|off +kubo: .*search its network.*\(default on\)/) // prettier-ignore
  t.equal(await kit.ok('complete', '--', 'backend', 'add', 'x', '--net'), '--network')
  const other = join(folder, 'other')
  renameSync(disk, other)
  const failed = await kit.run(['backend', 'test', 'disk'])
  t.equal(failed.code, 4)
  t.match(failed.stdout.toString(), /FAIL +ask/)
  await kit.ok('backend', 'update', 'disk', '--path', other)
  t.match(
    await kit.ok('backend', 'ls'),
    /^NAME +TYPE +PRIORITY +PLACING +STATE\ndisk +filesystem +7 /
  )
  t.match(await kit.ok('backend', 'rm', 'disk'), /stays where it is/)
  t.match(await kit.ok('backend', 'ls'), /no backends/)
})

t.test('what is wrong is said, and nothing is kept', { timeout: 60_000 }, async (t) => {
  const { kit, disk } = stage(t)
  const wrong: [code: number, message: RegExp, ...args: string[]][] = [
    [2, /--type is needed: kubo, gateway.* or /, 'add', 'disk'],
    [2, /--type must be one of kubo, gateway, .*, not "nix"/, 'add', 'disk', '--type', 'nix'], // prettier-ignore
    [2, /"a b" is no name for a backend/, 'add', 'a b', '--type', 'filesystem', '--path', disk],
    [2, /"\.\." is no name/, 'add', '..', '--type', 'filesystem', '--path', disk],
    [2, /--path is needed/, 'add', 'disk', '--type', 'filesystem'],
    [2, /--path: .*nowhere is no folder; make it first/, 'add', 'disk', '--type', 'filesystem', '--path', join(disk, 'nowhere')], // prettier-ignore
    [2, /--path takes an absolute path, not "disk"/, 'add', 'disk', '--type', 'filesystem', '--path', 'disk'], // prettier-ignore
    [2, /--url is none of this type's options: --path/, 'add', 'disk', '--type', 'filesystem', '--path', disk, '--url', 'http://x'], // prettier-ignore
    [2, /--repo: \/nowhere is no repository of Kubo/, 'add', 'node', '--type', 'kubo', '--repo', '/nowhere'], // prettier-ignore
    [2, /must not hold a name or password/, 'add', 'web', '--type', 'gateway', '--url', 'https://me:secret@example.com'] // prettier-ignore
  ]
  for (const [code, message, ...args] of wrong) {
    const said = await kit.run(['backend', ...args])
    t.equal(said.code, code, args.join(' '))
    t.match(said.stderr, message)
    // threats 46
    t.notMatch(said.stderr, /secret/)
  }
  t.match(await kit.ok('backend', 'ls'), /no backends/)
  await kit.ok('backend', 'add', 'disk', '--type', 'filesystem', '--path', disk)
  t.equal((await kit.json('backend', 'add', 'disk', '--type', 'filesystem', '--path', disk)).code, 'EXISTS') // prettier-ignore
  t.match((await kit.run(['backend', 'update', 'disk', '--writable', '--read-only'])).stderr, /one of --read-only and --writable/) // prettier-ignore
  for (const command of ['show', 'update', 'rm', 'test'])
    t.equal((await kit.json('backend', command, 'gone')).code, 'PATH_NOT_FOUND', command)
  writeFileSync(join(kit.home, 'backends', 'disk', 'backend.json'), '{"type": 3')
  const damaged = await kit.json<{ message?: string }>('backend', 'ls')
  t.equal(damaged.code, 'CONFIG_INVALID')
  await kit.ok('backend', 'rm', 'disk')
})

t.test(
  'threats 43: a disk that is away, or a repository, stops no other backend',
  { timeout: 60_000 },
  async (t) => {
    const { kit, disk, folder } = stage(t)
    const away = join(folder, 'away')
    const repo = join(folder, 'repo')
    mkdirSync(away)
    mkdirSync(join(repo, 'blocks'), { recursive: true })
    writeFileSync(join(repo, 'blocks', 'SHARDING'), '/repo/flatfs/shard/v1/next-to-last/2\n')
    await kit.ok(
      'backend',
      'add',
      'away',
      '--type',
      'filesystem',
      '--path',
      away,
      '--priority',
      '1'
    )
    await kit.ok('backend', 'add', 'node', '--type', 'kubo', '--api', 'http://127.0.0.1:9', '--repo', repo, '--priority', '2') // prettier-ignore
    await kit.ok('backend', 'add', 'disk', '--type', 'filesystem', '--path', disk)
    const other = new Kit(join(folder, 'other'))
    const file = join(folder, 'file')
    writeFileSync(file, 'content of a file')
    const cid = await other.add(file)
    mkdirSync(join(disk, 'cars'))
    await other.ok('car', 'export', cid, '-o', join(disk, 'cars', 'one.car'))
    renameSync(away, join(folder, 'unplugged'))
    renameSync(repo, join(folder, 'no repo'))
    t.equal((await kit.bytes('cat', cid)).toString(), 'content of a file')
    t.equal((await kit.bytes('cat', '--offline', cid)).toString(), 'content of a file', 'cached')
  }
)
