/** The configuration by commands: what holds and why, what is wrong, and changing it. */
import { chmodSync, chownSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

interface Shown {
  readonly file: string
  readonly file_exists: boolean
  readonly settings: readonly { readonly key: string; readonly value: unknown; readonly origin: string; readonly source: string }[] // prettier-ignore
}

const setUp = (t: Parameters<typeof tempFolder>[0]) => {
  const home = join(tempFolder(t, 'config'), 'home')
  return { home, file: join(home, 'mount.config.json'), kit: new Kit(home) }
}

t.test('config show tells the origin of each value', async (t) => {
  const { kit, file } = setUp(t)
  t.match(await kit.ok('config', 'show'), /not there.*\n(.*\n)*cache\.size +auto +default/)
  t.notOk(existsSync(file), 'showing makes nothing')
  await kit.ok('config', 'set', 'cache.memory', '32MiB')
  const env = { IPFS_KIT_CACHE_SIZE: '1GB' }
  const { stdout } = await kit.run(['config', 'show', '--json', '--log-level', 'debug'], { env })
  const { settings, file_exists } = JSON.parse(stdout.toString()) as Shown
  const of = (key: string) => settings.find((one) => one.key === key)
  t.ok(file_exists)
  t.match(of('cache.size'), { value: '1GB', origin: 'environment', source: 'IPFS_KIT_CACHE_SIZE', default: 'auto' }) // prettier-ignore
  t.match(of('cache.memory'), { value: '32MiB', origin: 'file', source: file })
  t.match(of('log.level'), { value: 'debug', origin: 'flag', source: '--log-level' })
  t.match(of('add.profile'), { origin: 'default' })
  const lines = (await kit.ok('config', 'show')).split('\n').slice(1)
  t.equal(new Set(lines.map((line) => line.search(/  (default|file|environment)/))).size, 1, 'aligned') // prettier-ignore
})

t.test('config set and unset change the file and nothing else in it', async (t) => {
  const { kit, file } = setUp(t)
  await kit.ok('config', 'set', 'mount.allow_other', 'true')
  writeFileSync(file, '{"$schema": "x", "cache.size": "5GB", "mount": {"allow_other": true}}')
  await kit.ok('config', 'set', 'cache.size', '20GB')
  await kit.ok('config', 'set', 'cache.min_access_count', '3')
  t.same(JSON.parse(readFileSync(file, 'utf8')), { $schema: 'x', mount: { allow_other: true }, cache: { size: '20GB', min_access_count: 3 } }) // prettier-ignore
  t.equal(statSync(file).mode & 0o777, 0o600)
  await kit.ok('config', 'unset', 'mount.allow_other')
  await kit.ok('config', 'unset', 'cache.min_access_count')
  t.same(JSON.parse(readFileSync(file, 'utf8')), { $schema: 'x', cache: { size: '20GB' } })
  for (const [key, value] of [
    ['cache.colour', 'blue'],
    ['cache.size', 'huge'],
    ['mount.allow_other', 'yes']
  ] as const) {
    // prettier-ignore
    const refused = await kit.run(['config', 'set', key, value])
    t.equal(refused.code, 2, key)
  }
  t.same(JSON.parse(readFileSync(file, 'utf8')), { $schema: 'x', cache: { size: '20GB' } })
  const overridden = await kit.run(['config', 'set', 'cache.size', '1GB'], { env: { IPFS_KIT_CACHE_SIZE: '2GB' } }) // prettier-ignore
  t.match(overridden.stderr, /IPFS_KIT_CACHE_SIZE is set in the environment/)
  writeFileSync(file, '{')
  t.equal((await kit.run(['config', 'set', 'cache.size', '1GB'])).code, 78)
  t.equal(readFileSync(file, 'utf8'), '{', 'what cannot be understood is left alone')
})

t.test('config check finds all that is wrong, in the home or in a file', async (t) => {
  const { kit, home } = setUp(t)
  t.match(await kit.ok('config', 'check'), /valid/)
  const file = join(home, '..', 'new.json')
  writeFileSync(file, '{"cache": {"size": "huge", "colour": "blue"}, "mount": {"umask": "9"}}')
  const checked = await kit.run(['config', 'check', file])
  t.equal(checked.code, 78)
  t.equal(checked.stdout.toString().trim().split('\n').length, 3, 'each in a line')
  for (const key of ['cache.size', 'cache.colour', 'mount.umask'])
    t.ok(checked.stdout.toString().includes(key), key)
  t.match(await kit.json('config', 'check', file), { success: false, code: 'CONFIG_INVALID' })
  writeFileSync(file, '{"metrics": {"listen": "0.0.0.0:9464"}}')
  t.match((await kit.run(['config', 'check', file])).stdout.toString(), /a token is needed/)
  t.equal((await kit.run(['config', 'check', join(home, 'absent')])).code, 78)
})

t.test('a level or form of the log that does not exist is refused', async (t) => {
  const { kit } = setUp(t)
  for (const [flag, word] of [
    ['--log-level', 'loud'],
    ['--log-format', 'xml']
  ] as const)
    // prettier-ignore
    for (const words of [['status', flag, word], [flag, word, 'pin', 'ls'], ['version', flag, word]]) { // prettier-ignore
      const refused = await kit.run(words)
      t.equal(refused.code, 2, words.join(' '))
      t.match(refused.stderr, new RegExp(`${flag} must be one of .*, not "${word}"`))
    }
  t.equal((await kit.run(['pin', 'ls', '--log-level', 'debug'])).code, 0)
  t.equal((await kit.run(['daemon', 'start'], { env: { IPFS_KIT_LOG_LEVEL: 'loud' } })).code, 78)
})

t.test('version', async (t) => {
  const { kit } = setUp(t)
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string } // prettier-ignore
  t.match(await kit.ok('version'), new RegExp(`^ipfs-kit +${version}\\nNode\\.js +${process.versions.node}`)) // prettier-ignore
  t.match(await kit.json('version'), { success: true, operation: 'version', version, node: process.versions.node }) // prettier-ignore
})

t.test('a configuration file keeps its mode and its owner', async (t) => {
  const { kit, home } = setUp(t)
  const file = join(home, '..', 'shared.json')
  writeFileSync(file, '{}')
  chmodSync(file, 0o664)
  await kit.ok('config', 'set', '--config', file, 'cache.size', '20GB')
  t.equal(statSync(file).mode & 0o777, 0o664)
  if (process.getuid?.() !== 0) return
  chownSync(file, 1000, 1001)
  await kit.ok('config', 'set', '--config', file, 'cache.size', '30GB')
  t.match(statSync(file), { uid: 1000, gid: 1001, mode: 0o100664 })
  t.same(JSON.parse(readFileSync(file, 'utf8')), { cache: { size: '30GB' } })
})

t.test(
  "another user's home is not configured",
  { skip: process.getuid?.() === 0 ? false : 'it takes root to make one' },
  async (t) => {
    const { kit, home, file } = setUp(t)
    await kit.ok('config', 'set', 'cache.size', '20GB')
    chownSync(home, 1000, 1000)
    const refused = await kit.run(['config', 'set', 'cache.size', '30GB'])
    t.match(refused, {
      code: 1,
      stderr: /belongs to another user \(uid 1000\).*run it as that user/
    })
    t.match(readFileSync(file, 'utf8'), /20GB/)
  }
)

t.test('config set refuses what would not fit the rest of the configuration', async (t) => {
  const { kit, home, file } = setUp(t)
  const refused = await kit.run(['config', 'set', 'metrics.listen', '0.0.0.0:9464'])
  t.match(refused, { code: 2, stderr: /left as it was: .*a token is needed.*metrics\.token_file/ })
  t.notOk(existsSync(file))
  const token = join(home, '..', 'token')
  writeFileSync(token, 'a token of one word'.replaceAll(' ', '-'))
  await kit.ok('config', 'set', 'metrics.token_file', token)
  await kit.ok('config', 'set', 'metrics.listen', '0.0.0.0:9464')
  t.equal((await kit.run(['config', 'unset', 'metrics.token_file'])).code, 2)
  t.match(await kit.ok('config', 'check'), /valid/)
  writeFileSync(file, '{"cache": {"size": "huge", "memory": "huge"}}')
  await kit.ok('config', 'set', 'cache.size', '20GB')
  await kit.ok('config', 'set', 'cache.memory', '20MB')
  t.match(await kit.ok('config', 'check'), /valid/, 'one wrong value is mended after the other')
})

t.test('config set keeps paths as absolute ones', async (t) => {
  const { kit, home, file } = setUp(t)
  const cwd = join(home, '..')
  t.equal((await kit.run(['config', 'set', 'mount.path', 'here'], { cwd })).code, 0)
  t.match(JSON.parse(readFileSync(file, 'utf8')), { mount: { path: join(cwd, 'here') } })
  await kit.ok('config', 'set', 'mount.path', '~/ipfs')
  t.match(JSON.parse(readFileSync(file, 'utf8')), { mount: { path: '~/ipfs' } })
})

t.test('config show KEY shows that key alone', async (t) => {
  const { kit } = setUp(t)
  t.match(await kit.ok('config', 'show', 'cache.size'), /^cache\.size +auto +default$/)
  t.equal((await kit.json<Shown>('config', 'show', 'cache.size')).settings.length, 1)
  t.match(await kit.run(['config', 'show', 'cache.colour']), { code: 2, stderr: /there is no key/ })
})
