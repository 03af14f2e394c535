/** Content by each of its names, in every command that takes one, and by paths into mounts. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { base256emoji } from 'multiformats/bases/base256emoji'
import { base32hexpadupper } from 'multiformats/bases/base32'
import { base64pad } from 'multiformats/bases/base64'
import t from 'tap'
import { Cid } from '../../src/core/cid.js'
import { Kit } from '../support/cli.js'
import { mounted, sh, skipWithoutMount } from '../support/mount.js'
import { tempFolder } from '../support/temp.js'

t.test('content by each of its names', { ...skipWithoutMount, timeout: 120_000 }, async (t) => {
  const folder = tempFolder(t, 'addresses')
  const kit = new Kit(join(folder, 'home'))
  const tree = join(folder, 'tree')
  mkdirSync(join(tree, 'sub'), { recursive: true })
  writeFileSync(join(tree, 'sub', 'a file'), 'content')
  const cid = await kit.add(tree)
  const mount = await mounted(t, kit, folder)
  const inMount = join(mount, 'ipfs', cid)

  await t.test('every command takes every form', async (t) => {
    const emoji = base256emoji.encode(Cid.parse(cid).bytes)
    const upper = base32hexpadupper.encode(Cid.parse(cid).bytes)
    for (const form of [
      `https://ipfs.io/ipfs/${cid}/sub/a%20file?download=true`,
      `https://${cid}.ipfs.dweb.link/sub/a%20file`,
      `ipfs://${cid}/sub/a%20file#x`,
      `${emoji}/sub/a file`,
      `${upper}/./x/../sub/a file`,
      `${base64pad.encode(Cid.parse(cid).bytes)}/sub/a file`
    ]) {
      t.equal(await kit.ok('cat', form), 'content', form)
      for (const command of ['stat', 'explain', 'ls', 'cache warm'])
        await kit.ok(...command.split(' '), form)
      const out = join(folder, 'out')
      await kit.ok('get', form, '-o', out)
      await sh('rm "$1"', out)
      await kit.ok('car', 'export', form, '-o', out)
      await sh('rm "$1"', out)
      const pinned = await kit.ok('pin', 'add', '-q', form)
      t.match(await kit.ok('pin', 'ls', `https://ipfs.io/ipfs/${pinned}`), pinned)
      await kit.ok('pin', 'rm', `ipfs://${pinned}`)
    }
    t.equal(await sh('cat "$1"', join(mount, 'ipfs', emoji, 'sub', 'a file')), 'content')
    t.equal(await sh('cat "$1"', join(mount, 'ipfs', upper, 'sub', 'a file')), 'content')
    t.match((await kit.run(['cat', `${cid}/../x`])).stderr, /above its root/)
    t.match((await kit.run(['cat', 'https://example.com/x'])).stderr, /names no content/)
  })

  await t.test('paths that lead into a mount', async (t) => {
    const link = join(folder, 'link')
    symlinkSync(join(mount, 'ipfs'), link)
    symlinkSync('link', join(folder, 'link to it'))
    const bound = join(folder, 'bound')
    mkdirSync(bound)
    await sh('mount --bind "$1" "$2"', join(inMount, 'sub'), bound)
    t.teardown(() => sh('umount "$1"', bound))
    for (const path of [
      join(inMount, 'sub', 'a file'),
      join(link, cid, 'sub', 'a file'),
      join(folder, 'link to it', cid, 'sub', 'a file'),
      join(bound, 'a file')
    ])
      t.equal(await kit.ok('cat', path), 'content', path)
    for (const [cwd, path] of [
      [inMount, 'sub/../sub/a file'],
      [bound, './a file'],
      [mount, `ipfs/${cid}/sub/a file`],
      [join(inMount, 'sub'), `${cid}/sub/a file`]
    ] as const)
      t.equal((await kit.run(['cat', path], { cwd })).stdout.toString(), 'content', path)
    for (const path of [mount, join(mount, 'ipfs'), join(mount, '.ipfs-kit', 'stats.json')])
      t.match((await kit.run(['cat', path])).stderr, /name a CID below/)
  })

  await t.test('the mount of another home', async (t) => {
    const other = new Kit(join(folder, 'other'))
    const refused = await other.run(['cat', join(inMount, 'sub', 'a file')])
    t.equal(refused.code, 1)
    t.match(refused.stderr, `--home ${join(folder, 'home')}`, 'it says whose it is')
    // One name, two pins: that of the home whose mount it is counts.
    await kit.ok('pin', 'add', cid, '--name', 'mine')
    writeFileSync(join(folder, 'else'), 'something else')
    await other.ok('pin', 'add', await other.add(join(folder, 'else')), '--name', 'mine')
    const named = join(mount, 'ipfs', '.names', 'mine', 'sub', 'a file')
    t.equal(await kit.ok('cat', named), 'content')
    t.match((await other.run(['cat', named])).stderr, `--home ${join(folder, 'home')}`)
    t.match((await other.run(['cat', join(mount, 'ipns', 'key')])).stderr, /a name that is given there/) // prettier-ignore
    await other.ok('add', tree)
    t.equal(await other.ok('cat', named), 'content')
    t.equal(await other.ok('cat', join(inMount, 'sub', 'a file')), 'content', 'read here')
  })
})
