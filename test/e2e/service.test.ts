/** Running as a service of systemd: a real manager starts it, watches it and starts it again. */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Kit, runProgram } from '../support/cli.js'
import { MAIN, ROOT } from '../support/paths.js'
import { noSystemd, UserManager } from '../support/systemd.js'
import { tempFolder } from '../support/temp.js'

const analyze = await runProgram('systemd-analyze', ['--version']).catch(() => undefined)

/** What systemd says of a unit file: nothing where all is well. */
async function verified(file: string, runtime: string, ...words: string[]): Promise<string> {
  const env = { XDG_RUNTIME_DIR: runtime }
  const { code, stdout, stderr } = await runProgram('systemd-analyze', [...words, 'verify', file], { env }) // prettier-ignore
  return code === 0 ? `${stdout.toString()}${stderr}` : `exit ${code}: ${stderr}`
}

t.test(
  'the units are valid, whatever the names of home and mountpoint are',
  { skip: analyze?.code === 0 ? false : 'there is no systemd-analyze', timeout: 60_000 },
  async (t) => {
    const folder = tempFolder(t, 'unit')
    for (const name of ['home', 'ho%me $HOME "x" \\ y'])
      for (const [scope, ...words] of [['--user', '--user'], ['--system']] as const) {
        const kit = new Kit(join(folder, name))
        mkdirSync(kit.home, { recursive: true })
        await kit.ok('service', 'install', scope, '--dir', folder, join(folder, name, 'mnt %n'), '--name', 'kit') // prettier-ignore
        t.equal(await verified(join(folder, 'kit.service'), folder, ...words), '', `${name} ${scope}`) // prettier-ignore
        await kit.ok('service', 'uninstall', scope, '--dir', folder, '--name', 'kit')
      }
    const kit = new Kit(join(folder, 'home'))
    await kit.ok('service', 'install', '--system', '--engine', '--dir', folder)
    t.equal(await verified(join(folder, 'ipfs-kit.service'), folder), '')
  }
)

t.test(
  'threats 80: install replaces its own unit alone, and serves no home of another user',
  async (t) => {
    const folder = tempFolder(t, 'unit')
    const kit = new Kit(join(folder, 'home'))
    const words = ['--user', '--dir', folder]
    const file = join(folder, 'ipfs-kit.service')
    const mnt = join(folder, 'mnt')
    t.match(await kit.json('service', 'install', ...words, mnt), { success: true, file, state: 'new', scope: 'user' }) // prettier-ignore
    t.match(await kit.json('service', 'install', ...words, mnt), { state: 'unchanged' })
    t.match(await kit.ok('service', 'install', ...words, `${mnt}2`), /wrote .*\n.*\n {2}systemctl --user daemon-reload\n {2}systemctl --user enable --now ipfs-kit\n/) // prettier-ignore
    t.equal(await kit.ok('service', 'show', '--user', `${mnt}2`), readFileSync(file, 'utf8').trimEnd()) // prettier-ignore
    const other = await new Kit(join(folder, 'other')).run(['service', 'install', ...words, mnt])
    t.equal(other.code, 1)
    t.match(other.stderr, /serves the home .*choose another --name/)
    mkdirSync(join(folder, 'default.target.wants'))
    symlinkSync(file, join(folder, 'default.target.wants', 'ipfs-kit.service'))
    t.match(await kit.ok('service', 'uninstall', ...words), /removed .*\n.*\n {2}systemctl --user stop ipfs-kit/) // prettier-ignore
    t.equal((await runProgram('find', [folder, '-name', '*.service'])).stdout.toString(), '')
    t.equal((await kit.run(['service', 'uninstall', ...words])).code, 1)
    if (process.getuid?.() === 0) {
      const foreign = new Kit(join(folder, 'foreign'))
      mkdirSync(foreign.home)
      chownSync(foreign.home, 65_534, 65_534)
      const refused = await foreign.run(['service', 'install', '--system', '--dir', folder, mnt])
      t.equal(refused.code, 2)
      t.match(refused.stderr, /belongs to user 65534, so a service of root must not serve it/)
    }
    writeFileSync(file, '[Unit]\n')
    t.equal((await kit.run(['service', 'install', ...words, mnt])).code, 1)
    t.equal((await kit.run(['service', 'uninstall', ...words])).code, 1)
    t.equal(readFileSync(file, 'utf8'), '[Unit]\n', "somebody else's is left alone")
    for (const wrong of [['--user', '--system'], ['--engine', mnt], ['--name', 'a/b']])
    t.equal((await kit.run(['service', 'install', '--dir', folder, ...wrong])).code, 2, wrong.join(' ')) // prettier-ignore
  }
)

t.test('what is installed elsewhere, or for a home that moved, is named', async (t) => {
  const folder = tempFolder(t, 'unit')
  const kit = new Kit(join(folder, 'home'), { env: { XDG_CONFIG_HOME: join(folder, 'config') } })
  mkdirSync(kit.home)
  const mnt = join(folder, 'mnt')
  const name = ['--name', `kit-${process.pid}`]
  const installed = await kit.ok('service', 'install', '--user', ...name, mnt)
  if (!existsSync('/run/systemd/system')) {
    t.match(installed, /systemd does not run here; .*ipfs-kit mount .*home\/run.*--foreground/)
    t.notMatch(installed, /systemctl/)
  }
  const absent = await kit.run(['service', 'uninstall', '--system', ...name])
  t.match(absent, {
    code: 1,
    stderr: /there is no service .*kit-\d+\.service is there: say --user/
  })
  t.match((await kit.run(['service', 'show', '--system', ...name])).stderr, /say --user/)
  renameSync(kit.home, join(folder, 'moved'))
  const moved = new Kit(join(folder, 'moved'), kit.options)
  const refused = await moved.run(['service', 'install', '--user', ...name, mnt])
  t.match(refused, { code: 1, stderr: /which is not there; .*service uninstall --user`/ })
  await moved.ok('service', 'uninstall', '--user', ...name)
  await moved.ok('service', 'install', '--user', ...name, mnt)
})

t.test(
  'an ordinary user is told that a service of the system needs root',
  { skip: process.getuid?.() === 0 ? false : 'it takes root to be another user' },
  async (t) => {
    const folder = tempFolder(t, 'unit')
    chmodSync(folder, 0o777)
    const kit = new Kit(join(folder, 'home'), { asUser: { uid: 65_534, gid: 65_534 } })
    const refused = await kit.run(['service', 'install', '--system', '/mnt'])
    t.match(refused, { code: 1, stderr: /run this as root, or say --user/ })
    t.notMatch(refused.stderr, /chmod/)
  }
)

t.test(
  'a service is started, started again after kill -9 and when it hangs, and stopped',
  { skip: noSystemd(), timeout: 180_000 },
  async (t) => {
    const folder = tempFolder(t, 'service')
    const home = join(folder, 'home')
    const mnt = join(folder, 'mnt')
    mkdirSync(mnt)
    const manager = await UserManager.start(t, folder)
    const kit = `IPFS_KIT_HOME='${home}' '${process.execPath}' '${MAIN}'`
    const shown = (key: string) => `systemctl --user show -p ${key} --value ipfs-kit`
    const mainPid = () => manager.ok(shown('MainPID'))
    const cid = await manager.ok(`echo hello | ${kit} add -Q -`)
    const isServed = () => manager.until(`cat '${mnt}/ipfs/${cid}'`, /hello/)
    await manager.ok(`${kit} service install --user '${mnt}'`)
    // The manager is to notice a hang before the test ends.
    const dropIn = join(folder, '.config/systemd/user/ipfs-kit.service.d')
    mkdirSync(dropIn, { recursive: true })
    writeFileSync(join(dropIn, 'test.conf'), '[Service]\nWatchdogSec=5\nTimeoutAbortSec=2\n')
    await manager.ok('systemctl --user daemon-reload && systemctl --user enable --now ipfs-kit')
    t.equal(await manager.ok(shown('StatusText')), `serving ${mnt}`)
    t.equal(await manager.ok(`cat '${mnt}/ipfs/${cid}'`), 'hello', 'started means mounted')

    await manager.ok(`kill -9 ${await mainPid()}`)
    await manager.until(shown('NRestarts'), /^1$/m)
    await isServed()
    const engineOf = async () => manager.ok(`pgrep -P ${await mainPid()}`)
    await manager.until(shown('ActiveState'), /^active$/m)
    await manager.ok(`kill -9 ${await engineOf()}`)
    await manager.until(shown('NRestarts'), /^2$/m)
    await manager.until(shown('ActiveState'), /^active$/m)
    await isServed()
    await manager.ok(`kill -STOP ${await engineOf()}`)
    await manager.until(shown('NRestarts'), /^3$/m)
    await manager.until(shown('ActiveState'), /^active$/m)
    await isServed()

    const log = await manager.ok('journalctl --no-pager -o cat --user-unit ipfs-kit')
    t.equal(log.match(/mounted at/g)?.length, 4)
    await manager.ok('systemctl --user stop ipfs-kit')
    t.equal(await manager.ok(shown('Result')), 'success')
    t.notOk((await manager.ok('cat /proc/self/mountinfo')).includes(` ${mnt} `), 'unmounted')
    t.equal((await manager.run(`pgrep -f '${home}'`)).stdout.toString().split('\n').length, 2, 'no process is left but the one that asks') // prettier-ignore

    // The options of a service of the system hold for this manager as well, as root runs it.
    const text = (await manager.ok(`${kit} service show --system '${mnt}'`)).replace(/^Device.*\n/gm, '') // prettier-ignore
    writeFileSync(join(folder, '.config/systemd/user/hardened.service'), `${text}\n`)
    await manager.ok('systemctl --user daemon-reload && systemctl --user start hardened')
    t.equal(await manager.ok(`cat '${mnt}/ipfs/${cid}'`), 'hello', 'the hardening lets it mount')
    t.equal((await manager.ok('grep NoNewPrivs /proc/$(systemctl --user show -p MainPID --value hardened)/status')).slice(-1), '1') // prettier-ignore
    await manager.ok('systemctl --user stop hardened')
  }
)

/** The commands of README's section of that name, block by block. */
function blocksOf(section: string): string[] {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
  const text = readme.split(`## ${section}\n`)[1]?.split('\n## ')[0] ?? ''
  return [...text.matchAll(/```sh\n([^]*?)```/g)].map((match) => match[1]!)
}

t.test(
  "an operator's day goes as README says",
  { skip: noSystemd(), timeout: 180_000 },
  async (t) => {
    const folder = tempFolder(t, 'day')
    const manager = await UserManager.start(t, folder)
    const program = join(folder, 'bin', 'ipfs-kit')
    mkdirSync(join(folder, 'bin'))
    writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`, {
      mode: 0o755
    })
    const port = 20_000 + (process.pid % 10_000)
    const absent = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'
    const inShell = (script: string) =>
      manager.run(`export PATH='${folder}/bin':$PATH cid=${absent}\n${script.replaceAll('9464', String(port))}`) // prettier-ignore
    const [install, kill, log, explain, metrics, fstab] = blocksOf("An operator's day")
    for (const block of [install, kill, log, explain, metrics, fstab]) {
      const commands = block!.trim().split('\n')
      t.ok(commands.length <= 3, `at most three commands: ${commands.join('; ')}`)
    }
    await inShell('ipfs-kit backend add web --type gateway --url http://127.0.0.1:1')
    const installed = await inShell(install!)
    t.equal(installed.code, 0, installed.stderr)
    t.match(await inShell('ipfs-kit status'), { code: 0 })

    await inShell(kill!)
    await manager.until('systemctl --user show -p NRestarts --value ipfs-kit', /^1$/m)
    await manager.until('systemctl --user show -p ActiveState --value ipfs-kit', /^active$/m)
    t.match((await inShell('ipfs-kit status')).stdout.toString(), /\n\S+\/ipfs +raw/)

    t.not((await inShell('cat ~/ipfs/ipfs/$cid')).code, 0)
    const said = (await inShell(log!)).stdout.toString()
    t.match(said, new RegExp(`lookup of ipfs/${absent} failed with EIO: .*web: .*ECONNREFUSED`))
    t.notMatch(said, /mounted at/, 'what is no warning has another priority')
    const explained = await inShell(explain!)
    t.match(explained.stdout.toString() + explained.stderr, /web: .*ECONNREFUSED/)

    const scraped = await inShell(metrics!)
    t.match(scraped.stdout.toString(), /ipfs_kit_mount_up\{mount=".*\/ipfs"\} 1/, scraped.stderr)
    const line = await inShell(fstab!.split('\n')[0]!)
    if (process.getuid?.() === 0) t.match(line.stdout.toString(), /fuse\.ipfs-kit/)
    else t.match(line.stderr, /service install --user/, 'as root')
    await manager.ok('systemctl --user stop ipfs-kit')
    t.equal((await inShell('ipfs-kit status')).code, 1, 'the service is installed, its mount is not there') // prettier-ignore
  }
)
