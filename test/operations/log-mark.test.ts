/** What the log tells of mappings since a moment: other entries change nothing, and what is unclear counts as changed. */
import { appendFileSync, readdirSync, rmSync, truncateSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { utf8 } from '../../src/core/bytes.js'
import { areMappingsSame, markOfLog } from '../../src/operations/log-mark.js'
import { MAPPING, METADATA, OPERATION } from '../../src/wal/kinds.js'
import { tempFolder } from '../support/temp.js'
import { openLog } from '../support/wal.js'

t.test('a mark holds until a mapping changes', async (t) => {
  const home = tempFolder(t)
  t.equal(markOfLog(home), '-')
  t.ok(areMappingsSame(home, '-'))
  const { wal } = await openLog(join(home, 'wal'))
  t.teardown(() => wal.close())
  t.ok(areMappingsSame(home, '-'), 'a log without entries')
  await wal.append(METADATA, utf8('a'))
  t.ok(areMappingsSame(home, '-'))
  await wal.append(MAPPING, utf8('b'))
  t.notOk(areMappingsSame(home, '-'))
  const mark = markOfLog(home)
  for (const kind of [METADATA, OPERATION]) await wal.append(kind, utf8('c'))
  t.ok(areMappingsSame(home, mark))
  const segment = join(home, 'wal', readdirSync(join(home, 'wal')).sort().at(-1)!)
  appendFileSync(segment, 'IKLF half')
  t.equal(
    markOfLog(home).split(' ')[1],
    String(statSync(segment).size - 9),
    'what is torn is left out'
  )
  t.ok(areMappingsSame(home, mark), 'nobody was told of what is torn')
  truncateSync(segment, statSync(segment).size - 9)
  await wal.appendAll([METADATA, MAPPING, METADATA].map((kind) => ({ kind, payload: utf8('d') })))
  t.notOk(areMappingsSame(home, mark))
  const now = markOfLog(home)
  t.ok(areMappingsSame(home, now))
  await wal.append(METADATA, Buffer.alloc(2 << 20, 'x'))
  t.notOk(areMappingsSame(home, now), 'too much to look at')
  truncateSync(segment, 100)
  t.notOk(areMappingsSame(home, now), 'shorter than it was')
  rmSync(segment)
  t.notOk(areMappingsSame(home, now), 'gone')
})
