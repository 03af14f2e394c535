/** vfs/README.md, sentence by sentence, through the raw driver. */
import t from 'tap'
import { mountSubject, mountSuite } from '../contract/mount-suite.js'
import { NO_LIMITS, vfsSuite } from '../contract/vfs-suite.js'
import { skipWithoutMount } from '../support/mount.js'

t.test('the raw driver', { ...skipWithoutMount, timeout: 900_000 }, async (t) => {
  await t.test('names, reading, attributes', async (t) =>
    vfsSuite(t, await mountSubject(t, 'raw', NO_LIMITS))
  )
  await t.test('writing, opening, mounting', (t) => mountSuite(t, 'raw'))
})
