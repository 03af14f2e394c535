/** mount(8) and fstab, by the real program and a helper that is found where it looks. */
import {
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { fromMountWords } from '../../src/cli/mount-helper.js'
import { Kit, runProgram } from '../support/cli.js'
import { isMounted, noMount } from '../support/mount.js'
import { MAIN } from '../support/paths.js'
import { tempFolder } from '../support/temp.js'

t.test('the words of mount(8) become those of the command', async (t) => {
  const words = (...argv: string[]) => fromMountWords(argv).words
  t.same(words('/home/u/.ipfs_kit', '/mnt', '-o', 'rw'), ['--home', '/home/u/.ipfs_kit', 'mount', '/mnt']) // prettier-ignore
  t.same(words('none', '/mnt', '-n', '-o', 'ro,noauto,user,_netdev,x-systemd.automount,comment=a b'), ['mount', '/mnt', '--read-only']) // prettier-ignore
  t.same(words('none', '/mnt', '-o', 'home=/a,allow_other,offline,umask=027,cache_size=1GB,log_level=debug', '-t', 'fuse.ipfs-kit'), ['--home=/a', '--log-level=debug', 'mount', '/mnt', '--allow-other', '--offline', '--umask=027', '--cache-size=1GB']) // prettier-ignore
  t.same(words('none', '/mnt', '-o', 'config=/a\\,b'), ['--config=/a,b', 'mount', '/mnt'])
  t.same(words('none', '/mnt', '-sv', '-o', 'nonsense'), ['mount', '/mnt'])
  t.equal(fromMountWords(['none', '/mnt', '-f']).isFake, true)
  for (const wrong of [
    ['none'],
    ['a', 'b', 'c'],
    ['none', '/mnt', '-o', 'nonsense'],
    ['none', '/mnt', '-o', 'remount'],
    ['none', '/mnt', '-o', 'offline=1'],
    ['none', '/mnt', '-z']
  ])
    // prettier-ignore
    t.throws(() => fromMountWords(wrong), { code: 'USAGE' }, wrong.join(' '))
})

const noHelper = (): string | false => {
  const reason = noMount()
  if (reason !== false) return reason
  return existsSync('/sbin/mount.fuse.ipfs-kit') ? 'a helper is installed here' : false
}

/** Runs mount(8) in a mount namespace in which the helper and fstab are in place. */
function system(folder: string, fstab: string): (script: string) => ReturnType<typeof runProgram> {
  const sbin = join(folder, 'sbin')
  for (const name of ['upper', 'work', 'sbin']) mkdirSync(join(folder, name), { recursive: true })
  symlinkSync(MAIN, join(folder, 'upper', 'mount.fuse.ipfs-kit'))
  writeFileSync(join(folder, 'fstab'), fstab)
  const prepare = `set -e
real=$(readlink -f /sbin)
mount -t tmpfs none '${sbin}'
mkdir '${sbin}/upper' '${sbin}/work'
cp -P '${folder}/upper/mount.fuse.ipfs-kit' '${sbin}/upper/'
mount -t overlay overlay -o lowerdir="$real",upperdir='${sbin}/upper',workdir='${sbin}/work' "$real"
mount --bind '${folder}/fstab' /etc/fstab
`
  return (script) => runProgram('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', prepare + script]) // prettier-ignore
}

t.test(
  'mount(8) mounts by the helper, by hand and by fstab',
  { skip: noHelper(), timeout: 120_000 },
  async (t) => {
    const folder = realpathSync(tempFolder(t, 'fstab'))
    const kit = new Kit(join(folder, 'my home'))
    const path = join(folder, 'mnt')
    mkdirSync(path)
    const cid = (await kit.run(['add', '-Q', '-'], { input: 'by mount(8)' })).stdout
      .toString()
      .trim()
    const { line } = await kit.json<{ line: string }>('service', 'fstab', path)
    t.match(line, /^\S+my\\040home {2}\S+mnt {2}fuse\.ipfs-kit {2}nofail,_netdev {2}0 {2}0$/)
    t.match(await kit.run(['service', 'fstab', path]), { stderr: /ln -s .*main\.js \/sbin\/mount\.fuse\.ipfs-kit/ }) // prettier-ignore
    const inside = system(folder, existsSync('/etc/fstab') ? `${readFileSync('/etc/fstab', 'utf8')}\n${line}\n` : `${line}\n`) // prettier-ignore
    // An engine ends a moment after umount(8), and its home is then free for another namespace.
    const run = async (script: string): ReturnType<typeof runProgram> => {
      const result = await inside(script)
      while ((await kit.run(['daemon', 'status'])).code === 0) await delay(50)
      return result
    }
    t.teardown(() => kit.run(['unmount', '--force', path]))

    const byHand = await run(`mount -t fuse.ipfs-kit '${kit.home}' '${path}' -o ro,umask=027
    cat '${path}/ipfs/${cid}'; stat -c %a '${path}/ipfs/${cid}'; touch '${path}/queries/a.sql' 2>/dev/null || echo ro; umount '${path}'`)
    t.equal(byHand.code, 0, byHand.stderr)
    t.equal(byHand.stdout.toString(), `mounted at ${path}\nby mount(8)440\nro\n`)
    const byTable = await run(`mount '${path}' >/dev/null; cat '${path}/ipfs/${cid}'; findmnt -no FSTYPE '${path}'; umount '${path}'`) // prettier-ignore
    t.equal(byTable.code, 0, byTable.stderr)
    t.equal(byTable.stdout.toString(), 'by mount(8)fuse.ipfs-kit\n')
    const refused = await run(`mount -t fuse.ipfs-kit '${kit.home}' '${path}' -o nonsense`)
    t.equal(refused.code, 1)
    t.match(refused.stderr, /there is no mount option "nonsense"/)
    const failed = await run(`mount -t fuse.ipfs-kit '${kit.home}' '${folder}/absent/mnt'`)
    t.not(failed.code, 0)
    t.notOk(isMounted(path))
  }
)
