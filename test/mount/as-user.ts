/** The suites of the raw driver, to be run by an ordinary user: user.test.ts starts this as one. */
import t from 'tap'
import { mountSubject, mountSuite } from '../contract/mount-suite.js'
import { NO_LIMITS, vfsSuite } from '../contract/vfs-suite.js'

t.test('names, reading, attributes', async (t) =>
  vfsSuite(t, await mountSubject(t, 'raw', NO_LIMITS))
)
t.test('writing, opening, mounting', (t) => mountSuite(t, 'raw'))
