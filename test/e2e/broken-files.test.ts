/** A home with one broken file gives no wrong byte, says what is broken, and is mended as it says. */
import { chownSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { tempFolder } from '../support/temp.js'

const NOBODY = 65534

t.test(
  'threats 49 and 50: any one file of a home in any wrong state',
  { timeout: 1_200_000 },
  async (t) => {
    const folder = tempFolder(t, 'broken')
    if (process.getuid?.() === 0) chownSync(folder, NOBODY, NOBODY)
    const suite = fileURLToPath(new URL('./broken-files.js', import.meta.url))
    const env = { ...process.env, HOME: folder, TMPDIR: folder, TAP_TIMEOUT: '1200' }
    await t.spawn(process.execPath, [suite], { env }, 'one file at a time')
  }
)
