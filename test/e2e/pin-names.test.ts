/** Named pins in a real mount: programs and commands follow them, copies of the mount leave them out. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Kit } from '../support/cli.js'
import { onDrivers } from '../support/ground.js'
import { mounted, sh } from '../support/mount.js'
import { tempFolder } from '../support/temp.js'

void onDrivers(t, async (t, driver) => {
  const folder = tempFolder(t, 'pin-names')
  const kit = new Kit(join(folder, 'home'))
  const source = join(folder, 'photos')
  mkdirSync(join(source, '2025'), { recursive: true })
  writeFileSync(join(source, '2025', 'note'), 'by name\n')
  const path = await mounted(t, kit, folder, '--driver', driver)
  const names = join(path, 'ipfs', '.names')
  t.equal(await sh('ls -A "$1"', names), '', 'nothing is pinned yet')
  const cid = await kit.add(source)
  t.equal(await sh('ls -A "$1"', names), 'photos\n', 'live')
  t.equal(await sh('readlink "$1"/photos', names), `../${cid}\n`)
  t.equal(await sh('cat "$1"/photos/2025/note', names), 'by name\n')
  t.equal(await sh('realpath "$1"/photos/2025', names), `${join(path, 'ipfs', cid, '2025')}\n`)
  t.equal(await kit.ok('cat', join(names, 'photos', '2025', 'note')), 'by name')
  t.match(await kit.ok('ls', join(names, 'photos')), /2025\//)
  const unknown = await kit.run(['ls', join(names, 'films')])
  t.equal(unknown.code, 1)
  t.match(unknown.stderr, /no pin is named films/)
  t.equal(await sh('cd "$1" && find . -maxdepth 1 -mindepth 1', join(path, 'ipfs')), `./${cid}\n`)
  t.equal(await sh('tar c -C "$1" ipfs | tar t | grep -c names || true', path), '0\n')
  await kit.ok('pin', 'rm', cid)
  t.equal(await sh('ls -A "$1"', names), '')
})
