/** What a real Kubo holds at the sizes that people have, read through the mount: byte for byte. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Kubo, skipWithoutKubo } from '../servers/kubo.js'
import { Kit } from '../support/cli.js'
import { mounted, sh, skipWithoutMount } from '../support/mount.js'
import { tempFolder } from '../support/temp.js'

const skip = skipWithoutMount.skip === false ? skipWithoutKubo : skipWithoutMount

t.test('1 GiB, 10,000 files, 100,000 entries', { ...skip, timeout: 900_000 }, async (t) => {
  const folder = tempFolder(t, 'large')
  const kubo = await Kubo.start(t, folder)
  const kit = new Kit(join(folder, 'home'))
  await kit.ok('backend', 'add', 'node', '--type', 'kubo', '--api', kubo.apiUrl, '--repo', 'off', '--network', 'off') // prettier-ignore
  // On a machine that has one core for Kubo and us, 30,000 shards take longer than the usual minute.
  writeFileSync(
    join(kit.home, 'mount.config.json'),
    JSON.stringify({ mount: { deadline: '300s' } })
  )
  const at = join(await mounted(t, kit, folder), 'ipfs')
  const add = (path: string): Promise<string> => kubo.ipfs('add', '-Q', '-r', '--cid-version=1', path) // prettier-ignore

  await t.test('a file of 1 GiB', async (t) => {
    const file = join(folder, 'file')
    await sh('head -c 1073741824 /dev/urandom > "$1"', file)
    const cid = await add(file)
    await sh('cmp "$1" "$2"', file, join(at, cid))
    t.equal(await sh('stat -c %s "$1"', join(at, cid)), '1073741824\n')
    await sh('rm "$1"', file)
  })

  await t.test('a tree of 10,000 files', async (t) => {
    const tree = join(folder, 'tree')
    for (let i = 0; i < 10_000; i++) {
      const inner = join(tree, `d${i % 37}`, `e${i % 11}`)
      mkdirSync(inner, { recursive: true })
      writeFileSync(join(inner, `file ${i}`), `${i}\n`.repeat(i % 300))
    }
    const cid = await add(tree)
    t.equal(await sh('diff -r "$1" "$2"', tree, join(at, cid)), '')
  })

  await t.test('a directory of 100,000 entries', async (t) => {
    const wide = join(folder, 'wide')
    mkdirSync(wide)
    for (let i = 0; i < 100_000; i++) writeFileSync(join(wide, `entry-${i}`), '')
    const cid = await add(wide)
    await sh('ls -f "$1" | sort > "$3" && ls -f "$2" | sort | cmp - "$3"', wide, join(at, cid), join(folder, 'names')) // prettier-ignore
    for (const i of [0, 1, 4711, 99_999])
      t.equal(await sh('stat -c %s "$1"', join(at, cid, `entry-${i}`)), '0\n')
    t.match(await sh('ls "$1" 2>&1 || true', join(at, cid, 'entry-100000')), /No such file/)
  })
})
