/** Who may see what a mount shows, and where it may be mounted. */
import { chmodSync, chownSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { runProgram } from '../support/cli.js'
import { isMounted, sh, skipWithoutMount } from '../support/mount.js'
import { homeWithFile } from '../support/mounted-home.js'

const NOBODY = { uid: 65534, gid: 65534 }

for (const driver of ['raw', 'fuse-native'])
  t.test(
    `the umask is for every file and folder of a mount: ${driver}`,
    skipWithoutMount,
    async (t) => {
      const { kit, folder, cid } = await homeWithFile(t)
      chmodSync(folder, 0o755)
      const path = join(folder, 'mnt')
      mkdirSync(path)
      t.teardown(() => kit.run(['unmount', '--force', path]))
      const names = ['', 'ipfs', 'ipns', '.ipfs-kit', '.ipfs-kit/stats.json', `ipfs/${cid}`]
      const as = async (asUser: typeof NOBODY, name: string): Promise<boolean> =>
        (await runProgram('head', ['-c', '1', join(path, name)], { asUser })).code === 0
      const list = async (name: string): Promise<boolean> =>
        (await runProgram('ls', [join(path, name)], { asUser: NOBODY })).code === 0
      await kit.ok('mount', path, '--allow-other', '--umask', '077', '--driver', driver)
      // Before the owner: what the kernel asks for first must say it already.
      for (const name of names) t.notOk(await list(name), `another user cannot list "${name}"`)
      t.notOk(await as(NOBODY, '.ipfs-kit/stats.json'), 'nor read the statistics')
      t.notOk(await as(NOBODY, `ipfs/${cid}`))
      for (const name of names)
        t.match(await sh('stat -c %A "$1"', join(path, name)), /^.r-[-x]------\n$/, name)
      await kit.ok('unmount', path)
      await kit.ok('mount', path, '--allow-other', '--driver', driver)
      for (const name of names) t.ok(await list(name), `without one he lists "${name}"`)
      const [, row = ''] = (await sh('df -i "$1"', path)).split('\n')
      t.match(row, / 0% /, 'no number of a file is used up')
      await kit.ok('unmount', path)
    }
  )

t.test(
  'threats 76: folders of the system and of others are refused, unless they are meant',
  skipWithoutMount,
  async (t) => {
    const { kit, folder } = await homeWithFile(t)
    const theirs = join(folder, 'theirs')
    const inTheirs = join(theirs, 'new')
    mkdirSync(theirs)
    chownSync(theirs, NOBODY.uid, NOBODY.gid)
    const refused: [string, RegExp][] = [
      ['/', /folder of the system/],
      ['/etc', /folder of the system/],
      ['/etc/ipfs-kit-test', /lies in \/etc, a folder of the system/],
      ['/usr/share/ipfs-kit-test', /lies in \/usr/],
      ['/lib/ipfs-kit-test', /lies in \/usr/],
      ['/proc/self', /lies in \/proc/],
      ['/dev/ipfs-kit-test', /lies in \/dev/],
      ['/home', /folder of the system/],
      [theirs, /belongs to another user \(65534\)/],
      [inTheirs, /lies in a folder of another user \(65534\)/]
    ]
    for (const [path, message] of refused) {
      const { code, stderr } = await kit.run(['mount', path])
      t.equal(code, 2, path)
      t.match(stderr, message)
      t.match(stderr, /--any-folder/, 'and says how to insist')
    }
    t.notOk(existsSync('/etc/ipfs-kit-test'))
    for (const path of [theirs, inTheirs]) {
      t.teardown(() => kit.run(['unmount', '--force', path]))
      await kit.ok('mount', path, '--any-folder')
      t.ok(isMounted(path))
      await kit.ok('unmount', path)
    }
  }
)
