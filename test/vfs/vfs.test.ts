/** The VFS by itself, as the drivers call it. */
import { join } from 'node:path'
import t from 'tap'
import { NO_LIMITS, vfsSuite } from '../contract/vfs-suite.js'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'
import { DirectView } from '../support/view.js'

t.test('the VFS, asked directly', { timeout: 600_000 }, async (t) => {
  const kit = new Kit(join(tempFolder(t, 'direct'), 'home'))
  let shown: DirectView | undefined
  const views: DirectView[] = []
  const open = (home: string): DirectView => {
    const view = new DirectView(home)
    views.push(view)
    return view
  }
  t.teardown(() => views.forEach((view) => view.close()))
  await vfsSuite(t, {
    kit,
    limits: NO_LIMITS,
    view: () => (shown ??= open(kit.home)),
    remount: async () => {
      shown = undefined
    },
    another: async (other) => open(other.home)
  })
  for (const { inodes } of views) t.equal(inodes.live, 0, 'every reference was given back')
})
