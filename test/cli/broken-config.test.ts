/** A configuration that is wrong: only what needs the wrong key is refused, all else warns once. */
import { chmodSync, chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Kit } from '../support/cli.js'
import { isMounted, mounted, skipWithoutMount } from '../support/mount.js'
import { MAIN } from '../support/paths.js'
import { tempFolder } from '../support/temp.js'

const BROKEN: readonly [name: string, content: string, problem: RegExp][] = [
  ['no JSON', '{"mount": ', /is not JSON/],
  ['an unknown key', '{"cache": {"colour": "blue"}}', /unknown key "cache\.colour"/],
  ['a wrong value', '{"cache": {"size": 5}}', /cache\.size must be "auto" or a size/]
]

for (const [name, content, problem] of BROKEN)
  t.test(
    `threats 68: ${name}: unmount PATH, cat, ls, status and metrics work and warn once`,
    { ...skipWithoutMount, timeout: 120_000 },
    async (t) => {
      const folder = tempFolder(t, 'config')
      const kit = new Kit(join(folder, 'home'))
      const cid = await kit.add(MAIN)
      const shelf = join(folder, 'shelf')
      mkdirSync(shelf)
      await kit.ok('backend', 'add', 'shelf', '--type', 'filesystem', '--path', shelf)
      const path = await mounted(t, kit, folder)
      writeFileSync(join(kit.home, 'mount.config.json'), content)
      const commands = [['cat', cid], ['ls', cid], ['stat', cid], ['pin', 'ls'], ['status'], ['metrics'], ['gc'], ['cache', 'stats'], ['unmount', path], ['metrics'], ['cache', 'stats'], ['cache', 'clear'], ['fsck']] // prettier-ignore
      for (const args of commands) {
        const { code, stderr } = await kit.run(args)
        t.equal(code, 0, `${args.join(' ')}: ${stderr}`)
        t.match(stderr, problem, args.join(' '))
        t.equal(stderr.split('warning: ').length, 2, `${args.join(' ')} warns once`)
      }
      t.notOk(isMounted(path))
      const { warnings } = await kit.json<{ warnings: string[] }>('pin', 'ls')
      t.equal(warnings.length, 1)
      t.match(warnings[0], problem)
      const refused = await kit.run(['mount', path])
      if (name === 'an unknown key') t.equal(refused.code, 0, 'no key that is known is wrong')
      else {
        t.equal(refused.code, 78)
        t.match(refused.stderr, problem)
        t.notMatch(refused.stderr, /warning/, 'it is said once')
      }
      await kit.run(['unmount', path])
    }
  )

t.test('threats 68: only the command that needs the wrong key is refused', async (t) => {
  const folder = tempFolder(t, 'config')
  const kit = new Kit(join(folder, 'home'))
  mkdirSync(kit.home)
  writeFileSync(join(kit.home, 'mount.config.json'), '{"add": {"profile": "nope"}}')
  const { code, stderr } = await kit.run(['add', MAIN])
  t.equal(code, 78)
  t.match(stderr, /add\.profile must be one of/)
  const cid = await kit.add('--profile', 'unixfs-v1-2025', MAIN)
  t.ok((await kit.bytes('cat', cid)).length > 0)
  const env = { IPFS_KIT_ADD_PROFILE: 'unixfs-v1-2025' }
  t.equal((await kit.run(['add', '-Q', MAIN], { env })).code, 0, 'the environment overrides it')
})

t.test(
  'threats 68: a configuration that cannot be read is as one that is wrong',
  { ...skipWithoutMount },
  async (t) => {
    const folder = tempFolder(t, 'config')
    chmodSync(folder, 0o755)
    const asUser = { uid: 4242, gid: 4242 }
    const home = join(folder, 'home')
    mkdirSync(home)
    chownSync(home, asUser.uid, asUser.gid)
    const kit = new Kit(home, { asUser, env: { HOME: folder } })
    const cid = await kit.add(MAIN)
    const file = join(home, 'mount.config.json')
    writeFileSync(file, '{}', { mode: 0o600 })
    t.match((await kit.run(['cat', cid])).stderr, /warning: .*cannot be read/)
    t.equal((await kit.run(['add', MAIN])).code, 78)
    rmSync(file)
    mkdirSync(file)
    t.equal((await kit.run(['cat', cid])).code, 0)
    t.equal((await kit.run(['add', MAIN])).code, 78)
  }
)

t.test('a backend that is broken keeps nobody from what is here', async (t) => {
  const folder = tempFolder(t, 'config')
  const kit = new Kit(join(folder, 'home'))
  const cid = await kit.add(MAIN)
  mkdirSync(join(folder, 'shelf'))
  await kit.ok('backend', 'add', 'shelf', '--type', 'filesystem', '--path', join(folder, 'shelf'))
  writeFileSync(join(kit.home, 'backends', 'shelf', 'backend.json'), '{')
  for (const args of [['cat', cid], ['ls', cid], ['status'], ['pin', 'ls'], ['gc']])
    t.equal((await kit.run(args)).code, 0, args.join(' '))
  const absent = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'
  const { code, stderr } = await kit.run(['cat', absent])
  t.equal(code, 78, 'whether it has what is not here is not known')
  t.match(stderr, /shelf\/backend\.json is damaged .*backend rm shelf/)
})
