/** A mount by an ordinary user: fusermount3, no root anywhere. */
import { chownSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { Kit, runProgram } from '../support/cli.js'
import { isMounted, skipWithoutMount, withOpenDevice } from '../support/mount.js'
import { tempFolder } from '../support/temp.js'

const NOBODY = { uid: 65534, gid: 65534 }

t.test('an ordinary user mounts, reads and unmounts', skipWithoutMount, async (t) => {
  const folder = tempFolder(t, 'user')
  chownSync(folder, NOBODY.uid, NOBODY.gid)
  const kit = new Kit(join(folder, 'home'), { asUser: NOBODY, env: { HOME: folder } })
  const source = join(folder, 'source')
  mkdirSync(source)
  writeFileSync(join(source, 'file'), 'as anybody\n')
  const root = await kit.add(source)
  const path = join(folder, 'mnt')
  await withOpenDevice(async () => {
    t.teardown(() => kit.run(['unmount', '--force', path]))
    const made = await kit.run(['mount', path])
    t.equal(made.code, 0, made.stderr)
    t.ok(isMounted(path))
    const read = await runProgram('cat', [join(path, 'ipfs', root, 'file')], { asUser: NOBODY })
    t.equal(read.stdout.toString(), 'as anybody\n')
    const compared = await runProgram('diff', ['-r', source, join(path, 'ipfs', root)], {
      asUser: NOBODY
    })
    t.equal(compared.code, 0)
    t.throws(() => statSync(join(path, 'ipfs')), { code: 'EACCES' }, 'not even root may enter')
    const other = await kit.run(['mount', join(folder, 'shared'), '--allow-other'])
    if (!/^user_allow_other/m.test(readFileSync('/etc/fuse.conf', 'utf8'))) {
      t.not(other.code, 0)
      t.match(other.stderr, /user_allow_other.*fuse\.conf/, 'and says what an administrator can do')
    }
    await kit.ok('unmount', path)
    t.notOk(isMounted(path))
  })
})

t.test(
  'an ordinary user gets all that vfs/README.md says, but for passthrough',
  { ...skipWithoutMount, timeout: 600_000 },
  async (t) => {
    const folder = tempFolder(t, 'user')
    chownSync(folder, NOBODY.uid, NOBODY.gid)
    const suite = fileURLToPath(new URL('./as-user.js', import.meta.url))
    const env = { ...process.env, HOME: folder, TMPDIR: folder, TAP_TIMEOUT: '500' }
    await withOpenDevice(async () => {
      await t.spawn(process.execPath, [suite], { ...NOBODY, env }, 'the suites, by nobody')
    })
  }
)

t.test(
  'without access to the device, doctor and mount say how to mend it',
  skipWithoutMount,
  async (t) => {
    if ((statSync('/dev/fuse').mode & 0o006) !== 0) return t.pass('everybody has access here')
    const folder = tempFolder(t, 'user')
    chownSync(folder, NOBODY.uid, NOBODY.gid)
    const kit = new Kit(join(folder, 'home'), { asUser: NOBODY, env: { HOME: folder } })
    const doctor = await kit.run(['doctor'])
    t.equal(doctor.code, 1)
    t.match(doctor.stdout.toString(), /FAIL.*\/dev\/fuse.*chmod 666/)
    const mount = await kit.run(['mount', join(folder, 'mnt')])
    t.equal(mount.code, 1)
    t.match(mount.stderr, /doctor/)
    return undefined
  }
)
