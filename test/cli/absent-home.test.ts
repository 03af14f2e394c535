/** A home that does not exist: its path may be misspelt, so what only looks after a home makes none. */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

const CID = 'bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e'

t.test('commands say that there is no home, and make none', async (t) => {
  const kit = new Kit(join(tempFolder(t, 'absent'), 'home'))
  const absent = `there is no home at ${kit.home} yet; `
  for (const words of [
    ['gc'],
    ['gc', '--dry-run'],
    ['fsck'],
    ['fsck', '--repair'],
    ['cache', 'ls'],
    ['cache', 'stats'],
    ['cache', 'clear'],
    ['cache', 'evict', CID],
    ['cat', CID],
    ['ls', CID]
  ])
    // prettier-ignore
    t.match(await kit.run(words), { code: 1, stderr: absent }, words.join(' '))
  for (const words of [['status'], ['pin', 'ls']])
    t.match(await kit.run(words), { code: 0, stderr: absent }, words.join(' '))
  t.equal(await kit.ok('cat', 'bafkqaaa'), '', 'a CID that holds its bytes needs no home')
  t.notOk(existsSync(kit.home))
})

t.test('a text that names no content may be a file here, or the name of a pin', async (t) => {
  const folder = tempFolder(t, 'meaning')
  const kit = new Kit(join(folder, 'home'), { cwd: folder })
  writeFileSync(join(folder, 'note.md'), 'note')
  const before = await kit.run(['cat', 'note.md'])
  t.match(before, { code: 2, stderr: /it is a file here: `ipfs-kit add note\.md`/ })
  const cid = await kit.add('note.md')
  const after = await kit.run(['cat', 'note.md'])
  t.match(after, { code: 2, stderr: `a pin has this name: its CID is ${cid}` })
})

t.test('empty lists say so to people alone; one is one', async (t) => {
  const folder = tempFolder(t, 'empty')
  const kit = new Kit(join(folder, 'home'))
  writeFileSync(join(folder, 'a'), 'a')
  const cid = await kit.add(join(folder, 'a'))
  t.match(await kit.ok('status'), /: 1 block, 1 pin/)
  await kit.ok('pin', 'rm', cid)
  for (const words of [
    ['pin', 'ls'],
    ['cache', 'ls']
  ]) {
    t.match(await kit.run(words), { code: 0, stderr: /^(nothing is pinned|the cache is empty); / })
    for (const flag of ['-q', '--json'])
      t.match(await kit.run([...words, flag]), { code: 0, stderr: /^$/ }, flag)
  }
})

t.test('an error over words names their command; a missing block is named once', async (t) => {
  const kit = new Kit(tempFolder(t, 'named'))
  const usage = await kit.run(['cat', '--json', CID])
  t.match(JSON.parse(usage.stdout.toString()), { operation: 'cat', code: 'USAGE' })
  t.equal((await kit.run(['cat', CID])).stderr.split(CID).length, 2)
  const cut = await kit.run(['cat', CID.slice(0, -2)])
  t.match(cut.stderr, /is not a CID: it is cut short/)
})
