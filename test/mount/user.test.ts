/** A mount by an ordinary user: fusermount3, no root anywhere. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { Kit, runProgram, type Run } from '../support/cli.js'
import { isMounted, skipWithoutMount, withOpenDevice } from '../support/mount.js'
import { MAIN } from '../support/paths.js'
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
  'an ordinary user ends what others hold, and unmounts without new privileges',
  skipWithoutMount,
  async (t) => {
    const folder = tempFolder(t, 'user')
    chownSync(folder, NOBODY.uid, NOBODY.gid)
    chmodSync(folder, 0o755)
    const kit = new Kit(join(folder, 'home'), { asUser: NOBODY, env: { HOME: folder } })
    writeFileSync(join(folder, 'file'), 'as anybody\n')
    const cid = await kit.add(join(folder, 'file'))
    const path = join(folder, 'mnt')
    const file = join(path, 'ipfs', cid)
    await withOpenDevice(async () => {
      t.teardown(() => kit.run(['unmount', '--force', path]))
      await kit.ok('mount', path)
      const reading = 'exec 3<"$0" && echo open && read go; cat <&3 2>&1'
      const reader = spawn('sh', ['-c', reading, file], { ...NOBODY, cwd: '/' })
      await once(reader.stdout, 'data')
      t.match(
        (await kit.run(['unmount', path])).stderr,
        new RegExp(`in use.*${reader.pid} \\(sh\\)`)
      )
      await kit.ok('unmount', '--force', path)
      t.notOk(isMounted(path))
      const parts: Buffer[] = []
      reader.stdout.on('data', (part: Buffer) => parts.push(part))
      const ended = once(reader.stdout, 'end')
      reader.stdin.end('go\n')
      await ended
      t.match(Buffer.concat(parts).toString(), /not connected|aborted/, 'the reader gets an error')

      const bare = (...args: string[]): Promise<Run> =>
        runProgram('setpriv', ['--no-new-privs', process.execPath, MAIN, ...args], {
          asUser: NOBODY,
          env: { HOME: folder, IPFS_KIT_HOME: kit.home }
        })
      t.match((await bare('mount', path)).stderr, /no_new_privs/)
      await kit.ok('mount', path)
      t.equal((await bare('unmount', path)).code, 0, 'the engine may do what its caller may not')
      t.notOk(isMounted(path))

      await kit.ok('mount', path)
      const other = new Kit(join(folder, 'other'), { asUser: { uid: 65533, gid: 65533 } })
      for (const flags of [[], ['--force']]) {
        const { stderr } = await other.run(['unmount', ...flags, path])
        t.match(stderr, /is a mount of another user \(65534\)/)
      }
      t.ok(isMounted(path))
      const byRoot = new Kit(join(tempFolder(t, 'root'), 'home'))
      await byRoot.ok('unmount', path)
      t.notOk(isMounted(path))
    })
  }
)

t.test(
  'an ordinary user gets all that vfs/README.md says, but for passthrough',
  { ...skipWithoutMount, timeout: 600_000 },
  async (t) => {
    const folder = tempFolder(t, 'user')
    chownSync(folder, NOBODY.uid, NOBODY.gid)
    const suite = fileURLToPath(new URL('./as-user.js', import.meta.url))
    const env = { ...process.env, HOME: folder, TMPDIR: folder, TAP_TIMEOUT: '500' }
    await withOpenDevice(async () => {
      // spawn of tap has no option for the user.
      const asNobody = ['--reuid', '65534', '--regid', '65534', '--clear-groups']
      const args = [...asNobody, process.execPath, suite]
      await t.spawn('setpriv', args, { env }, 'the suites, by nobody')
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
