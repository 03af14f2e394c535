/** vfs/README.md, sentence by sentence, through fuse-native, within the limits it declares. */
import t from 'tap'
import { mountSubject, mountSuite } from '../contract/mount-suite.js'
import { vfsSuite, type Limits } from '../contract/vfs-suite.js'
import { noMount } from '../support/mount.js'

const LIMITS: Limits = { names: 'utf8', inodeBits: 32, times: 'ms', beforeEpoch: false }

t.test('the driver fuse-native', { skip: cannotRun(), timeout: 900_000 }, async (t) => {
  await t.test('names, reading, attributes', async (t) =>
    vfsSuite(t, await mountSubject(t, 'fuse-native', LIMITS))
  )
  await t.test('writing, opening, mounting', (t) => mountSuite(t, 'fuse-native'))
})

/** fuse-native ships a build for linux-x64 alone. */
function cannotRun(): string | false {
  if (process.arch !== 'x64') return `fuse-native has no build for ${process.arch}`
  return process.env['TEST_FUSE'] === '1' ? false : noMount()
}
