/** Reads are noted without a lock, and taken together. */
import { appendFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { hasReads, noteRead, takeReads } from '../../src/metadata/read-notes.js'
import { tempFolder } from '../support/temp.js'

t.test('notes are counted for each content', (t) => {
  const home = tempFolder(t, 'reads')
  mkdirSync(join(home, 'index'))
  t.equal(hasReads(home), false)
  t.same(takeReads(home), [])
  for (const at of [5, 7, 6]) noteRead(home, 'a', at)
  noteRead(home, 'b', 9)
  appendFileSync(join(home, 'index', 'reads'), 'x y z\n17')
  t.equal(hasReads(home), true)
  t.same(takeReads(home), [
    { cid: 'a', at: 7, accesses: { count: 3, last: 7 }, only_known: true },
    { cid: 'b', at: 9, accesses: { count: 1, last: 9 }, only_known: true }
  ])
  t.same(takeReads(home), [])
  t.same(readdirSync(join(home, 'index')), [], 'nothing is left')
  t.end()
})

t.test('a home that cannot be written keeps nobody from reading', (t) => {
  const home = tempFolder(t, 'reads-none')
  noteRead(join(home, 'gone'), 'a', 5)
  writeFileSync(join(home, 'index'), 'no folder')
  noteRead(home, 'a', 5)
  t.same(readdirSync(home), ['index'])
  t.end()
})

t.test('no more is noted than a bound', (t) => {
  const home = tempFolder(t, 'reads-many')
  mkdirSync(join(home, 'index'))
  appendFileSync(join(home, 'index', 'reads'), '5 a\n'.repeat(1 << 18))
  noteRead(home, 'b', 9)
  t.same(
    takeReads(home).map(({ cid }) => cid),
    ['a']
  )
  t.end()
})
