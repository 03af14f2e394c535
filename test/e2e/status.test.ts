/** `status` is what a monitor asks: it fails when a mount that is configured is not there. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Kit } from '../support/cli.js'
import { mounted, skipWithoutMount } from '../support/mount.js'
import { tempFolder } from '../support/temp.js'

interface Status {
  readonly success: boolean
  readonly configured: readonly { readonly path: string; readonly by: string; readonly up: boolean }[] // prettier-ignore
  readonly mounts: readonly { readonly home: string }[]
}

t.test('a configured mount that is not up is told, and exits with 1', async (t) => {
  const folder = tempFolder(t, 'status')
  const config = join(folder, 'config')
  const kit = new Kit(join(folder, 'home'), { env: { XDG_CONFIG_HOME: config } })
  const path = join(folder, 'mnt')
  t.equal((await kit.run(['status'])).code, 0, 'the default alone configures nothing')
  await kit.ok('config', 'set', 'mount.path', path)
  const down = await kit.run(['status'])
  t.equal(down.code, 1)
  t.match(down.stdout.toString(), new RegExp(`^home .*\n${path} +not mounted, though mount.path names it`)) // prettier-ignore
  t.match(await kit.json<Status>('status'), { success: false, configured: [{ path, by: 'mount.path', up: false }] }) // prettier-ignore
  await kit.ok('config', 'unset', 'mount.path')
  t.equal((await kit.run(['status'], { env: { IPFS_KIT_MOUNT_PATH: path } })).code, 1)
  await kit.ok('service', 'install', '--user', path)
  t.match(await kit.json<Status>('status'), { success: false, configured: [{ path, by: 'service ipfs-kit' }] }) // prettier-ignore
  const other = new Kit(join(folder, 'other'), kit.options)
  t.equal((await other.run(['status'])).code, 0, 'a service of another home is none of its')
  await kit.ok('service', 'uninstall', '--user')
  t.equal((await kit.run(['status'])).code, 0)
  writeFileSync(join(kit.home, 'mount.config.json'), `{"mount": {"path": "${path}"}}`)
  t.equal((await kit.run(['status'])).code, 1)
})

t.test(
  'a configured mount that is up exits with 0; this home comes first',
  { ...skipWithoutMount, timeout: 60_000 },
  async (t) => {
    const folder = tempFolder(t, 'status')
    const first = new Kit(join(folder, 'a'))
    const kit = new Kit(join(folder, 'z'))
    mkdirSync(join(folder, 'first'))
    await mounted(t, first, join(folder, 'first'))
    await kit.ok('config', 'set', 'mount.path', join(folder, 'mnt'))
    const path = await mounted(t, kit, folder)
    const up = await kit.json<Status>('status')
    t.match(up, { success: true, configured: [{ path, up: true }] })
    t.equal(up.mounts[0]?.home, kit.home)
    const lines = (await kit.ok('status')).split('\n')
    t.ok(lines[0]?.startsWith(`home ${kit.home}: `))
    t.ok(lines[1]?.startsWith(path))
    await kit.ok('unmount', path)
    t.equal((await kit.run(['status'])).code, 1)
    const elsewhere = await first.run(['mount', path])
    t.equal(elsewhere.code, 0, elsewhere.stderr)
    t.equal((await kit.run(['status'])).code, 1, 'another home there is not it')
    await first.ok('unmount', path)
  }
)
