/** npm pack gives a tarball that installs into an empty prefix and works, without install scripts. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { runProgram } from '../support/cli.js'
import { ROOT } from '../support/paths.js'
import { tempFolder } from '../support/temp.js'

t.test('the package installs globally and adds a file', { timeout: 300_000 }, async (t) => {
  const folder = tempFolder(t, 'pack')
  const packed = await runProgram(
    'npm',
    ['pack', '--ignore-scripts', '--pack-destination', folder],
    { cwd: ROOT }
  )
  t.equal(packed.code, 0, packed.stderr)
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))!
  const prefix = join(folder, 'prefix')
  const installed = await runProgram('npm', [
    'install',
    '--global',
    '--ignore-scripts',
    '--prefix',
    prefix,
    join(folder, tarball)
  ])
  t.equal(installed.code, 0, installed.stderr)
  const kit = join(prefix, 'bin', 'ipfs-kit')
  writeFileSync(join(folder, 'hello'), 'hello world')
  const env = { IPFS_KIT_HOME: join(folder, 'home') }
  t.match((await runProgram(kit, ['--version'])).stdout.toString(), /^ipfs-kit /)
  t.ok(
    existsSync(join(prefix, 'share', 'man', 'man1', 'ipfs-kit-pin-add.1')),
    'man finds the pages'
  )
  const helper = await runProgram(join(prefix, 'bin', 'mount.fuse.ipfs-kit'), ['none'])
  t.match(helper, { code: 1, stderr: /usage: mount -t fuse\.ipfs-kit/ })
  const added = await runProgram(kit, ['add', '-Q', join(folder, 'hello')], { env })
  t.equal(
    added.stdout.toString().trim(),
    'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e',
    added.stderr
  )
  const tool = (name: string): string => join(ROOT, 'node_modules', '.bin', name)
  const linted = await runProgram(tool('publint'), ['--strict', '--pack', 'false', ROOT])
  t.equal(linted.code, 0, linted.stdout.toString())
  const typed = await runProgram(tool('attw'), [join(folder, tarball), '--profile', 'esm-only'])
  t.equal(typed.code, 0, typed.stdout.toString())
  const list = await runProgram('tar', ['tzf', join(folder, tarball)])
  t.match(list.stdout.toString(), /dist\/src\/index\.d\.ts/)
  t.notMatch(list.stdout.toString(), /dist\/test|fixtures/)
})
