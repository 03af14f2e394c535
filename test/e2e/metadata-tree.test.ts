/** `metadata/` of a mount: documents by CID, and the Parquet files of the home, each version whole. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { mounted, sh, skipWithoutMount } from '../support/mount.js'
import { homeWithFile } from '../support/mounted-home.js'

t.test('metadata/ of a mount', skipWithoutMount, async (t) => {
  const { kit, folder, cid } = await homeWithFile(t)
  const disk = join(folder, 'disk')
  mkdirSync(disk)
  await kit.ok('backend', 'add', 'disk', '--type', 'filesystem', '--path', disk)
  await kit.ok('pin', 'add', cid, '--backend', 'disk')
  await kit.ok('metadata', 'refresh')
  const path = await mounted(t, kit, folder)
  const at = (...names: string[]): string => join(path, 'metadata', ...names)
  const read = (...names: string[]): Promise<string> => sh('cat "$1"', at(...names))

  t.equal(await sh('ls "$1"', at()), 'backends.json\ncache.json\nindex\npins\n')
  t.match(JSON.parse(await read(`${cid}.json`)), { cid, pinned: true, mime_type: 'text/plain', size_bytes: 5, replication: 1, filename: 'file' }) // prettier-ignore
  t.match(JSON.parse(await read('backends.json')), { backends: Array })
  t.match(JSON.parse(await read('cache.json')), { cache: Object })
  t.match(await sh('ls "$1/nothing.json" "$1/bafkreib.json" "$1/index/x" "$1/pins/..parquet" 2>&1 || true', at()), /(.*No such file.*\n){4}/) // prettier-ignore
  const name = 'ipfs_index_000000.parquet'
  t.equal(await sh('ls "$1" "$2"', at('index'), at('pins')), `${at('index')}:\n${name}\n\n${at('pins')}:\ndisk.parquet\n`) // prettier-ignore
  const same = 'cmp "$1" "$2" && stat -c %s "$1"'
  const before = await sh(same, at('index', name), join(kit.home, 'index', name))
  await sh(same, at('pins', 'disk.parquet'), join(kit.home, 'backends', 'disk', 'pin_mappings.parquet')) // prettier-ignore
  t.match(await sh('(echo x > "$1") 2>&1 || true', at('x.json')), /Read-only|denied|permitted/)

  await kit.ok('metadata', 'tag', cid, ...Array.from({ length: 200 }, (_, i) => `tag-${i}-${i * 7919}`)) // prettier-ignore
  await kit.ok('metadata', 'refresh')
  const after = await sh(`sleep 1.1; ${same}`, at('index', name), join(kit.home, 'index', name))
  t.not(after, before, 'the version that is there now')
  t.match(JSON.parse(await read(`${cid}.json`)), { tags: { length: 200 } })
  await kit.ok('unmount', path)
})
