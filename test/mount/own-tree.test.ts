/** A tree of the test's own in a real mount, by each driver and each way to open files. */
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { runProgram } from '../support/cli.js'
import { sh, skipWithoutMount } from '../support/mount.js'
import { tempFolder } from '../support/temp.js'
import { engine, put } from './own-engine.js'

/** As long as the kernel believes what may change, and a little longer. */
const FORGOTTEN_MS = 1200

for (const [driver, open] of [
  ['raw', 'none'],
  ['raw', 'auto'],
  ['fuse-native', 'auto']
] as const)
  t.test(
    `entries that come and go, generated contents: ${driver}, --open ${open}`,
    { ...skipWithoutMount, timeout: 60_000 },
    async (t) => {
      const path = join(tempFolder(t, 'own-tree'), 'mnt')
      const child = await engine(t, path, driver, open)
      const notes = join(path, 'notes')
      t.equal(await sh('ls "$1"', path), 'notes\n')
      t.equal(await sh('ls "$1"', notes), '')

      await put(child, { one: 1, two: 2 })
      t.equal(await sh('cat "$1/two"', notes), 'two, version 2\n'.repeat(3), 'a new name is there at once') // prettier-ignore
      await delay(FORGOTTEN_MS)
      t.equal(await sh('ls "$1"', notes), 'one\ntwo\n')
      t.equal(await sh('stat -c "%s %a %Y" "$1/one"', notes), '30 440 1700000000\n')
      t.equal(await sh('find "$1" -type f -size +1c | wc -l', notes), '2\n')

      await put(child, { one: 3, three: 1 })
      await delay(FORGOTTEN_MS)
      t.equal(await sh('ls "$1"', notes), 'one\nthree\n')
      t.equal(await sh('cat "$1/one"', notes), 'one, version 3\n'.repeat(4), 'another version')
      t.equal(await sh('stat -c %s "$1/one"', notes), '60\n')
      t.equal((await runProgram('cat', [join(notes, 'two')])).code, 1, 'what is gone is gone')
      t.match((await runProgram('touch', [join(notes, 'new')])).stderr, /Read-only/)
    }
  )
