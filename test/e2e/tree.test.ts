/** A tree of 20,000 files of every kind: source, store, mount, archive and another home agree. */
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeFileSync,
  writeSync
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Kit } from '../support/cli.js'
import { mounted, sh, skipWithoutMount } from '../support/mount.js'
import { tempFolder } from '../support/temp.js'

const GIB = 2 ** 30

function plant(folder: string): void {
  for (let d = 0; d < 100; d++) {
    mkdirSync(join(folder, `d${d % 10}`, `sub ${d}`), { recursive: true })
    for (let i = 0; i < 100; i++)
      writeFileSync(
        join(folder, `d${d % 10}`, `sub ${d}`, `f${i}`),
        `file ${d}/${i}\n`.repeat(i % 40)
      )
  }
  const flat = join(folder, 'flat')
  mkdirSync(flat)
  for (let i = 0; i < 10_000; i++)
    writeFileSync(join(flat, `a name of some length, number ${i}`), String(i))
  const odd = join(folder, 'odd')
  mkdirSync(odd)
  for (const name of [
    'new\nline',
    '50%',
    'n'.repeat(255),
    '\u05d0\u05d1 right to left \u202e',
    ' ',
    '*',
    "'quote'",
    '"',
    '\\n'
  ])
    writeFileSync(join(odd, name), name)
  writeFileSync(
    Buffer.concat([Buffer.from(`${odd}/`), Buffer.from([0xc3, 0x28, 0xff])]),
    'not UTF-8'
  )
  symlinkSync('../flat', join(odd, 'to a folder'))
  symlinkSync('/nonexistent/é', join(odd, 'dangling'))
  writeFileSync(join(folder, 'empty'), '')
  mkdirSync(join(folder, 'empty folder'))
  const fd = openSync(join(folder, 'sparse 5 GiB'), 'w')
  ftruncateSync(fd, 5 * GIB)
  for (let i = 0; i < 50; i++) writeSync(fd, `island ${i}`, i * 107_374_182)
  closeSync(fd)
}

t.test('20,000 files', { ...skipWithoutMount, timeout: 900_000 }, async (t) => {
  const folder = tempFolder(t, 'tree')
  const source = join(folder, 'source')
  plant(source)
  const kit = new Kit(join(folder, 'home'))
  const root = await kit.add(source)
  const path = await mounted(t, kit, folder)
  const shown = join(path, 'ipfs', root)
  await sh('diff -r --no-dereference "$1" "$2"', source, shown)
  t.pass('diff -r agrees')
  t.equal(
    await sh(
      'rsync -anl --checksum --omit-dir-times --no-times --no-perms --no-owner --no-group --itemize-changes --exclude "sparse*" "$1/" "$2/"',
      source,
      shown
    ),
    '',
    'rsync --checksum finds nothing to do'
  )
  const out = join(folder, 'copy')
  await sh(
    'rsync -al --checksum --exclude "sparse*" "$1/" "$2" && diff -r --no-dereference --exclude "sparse*" "$2" "$3"',
    shown,
    out,
    source
  )
  t.pass('rsync out of the mount agrees')
  const archive = join(folder, 'tree.car')
  await kit.ok('car', 'export', root, '-o', archive)
  const other = new Kit(join(folder, 'other'))
  t.equal(await other.ok('car', 'import', '-q', archive), root)
  const elsewhere = await mounted(t, other, join(folder, 'elsewhere'))
  await sh('diff -r --no-dereference "$1" "$2"', source, join(elsewhere, 'ipfs', root))
  t.pass('the imported copy agrees')
  t.match(await other.json('fsck'), { bad: [], missing: [] })
  await other.ok('unmount', elsewhere)
  await kit.ok('unmount', path)
})
