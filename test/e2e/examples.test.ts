/** The examples of the library run, and end well. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { runProgram } from '../support/cli.js'
import { skipWithoutMount } from '../support/mount.js'
import { ROOT } from '../support/paths.js'

for (const name of readdirSync(join(ROOT, 'examples')).sort())
  t.test(
    name,
    { ...(name.startsWith('mount') ? skipWithoutMount : {}), timeout: 60_000 },
    async (t) => {
      const { code, stdout, stderr } = await runProgram(process.execPath, [join(ROOT, 'examples', name)]) // prettier-ignore
      t.equal(code, 0, stderr)
      t.ok(stdout.length > 0)
    }
  )
