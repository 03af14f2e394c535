import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { RcloneBackend } from '../../../backends/rclone/backend.js'
import { backendSuite, type Subject } from '../../contract/backend-suite.js'
import { NEW_RCLONE, obscured, OLD_RCLONE, rcloneConfig, rcloneSftp } from '../../servers/rclone.js'
import { leaveUpload } from '../../support/leftovers.js'
import { tempFolder } from '../../support/temp.js'

const signal = AbortSignal.timeout(600_000)

function subjectOf(
  t: Test,
  remote: string,
  config: string,
  program: string,
  folder?: string
): Subject {
  const backend = new RcloneBackend('far', { remote, config, program })
  const writable = new RcloneBackend('far', { remote, config, program })
  t.teardown(() => writable.close())
  return {
    backend,
    plant: (cid, block) => writable.facets.blockWriter!.putBlock(cid, block, { signal }),
    plantFile: (name, bytes) => writable.facets.fileWriter!.put(name, () => [bytes], { signal }),
    ...(folder === undefined ? {} : { leave: (at) => leaveUpload(folder, at) })
  }
}

/** An alias of a folder, and an encrypted remote in another. */
function localRemotes(folder: string): string {
  for (const name of ['plain', 'hidden']) mkdirSync(join(folder, name))
  return rcloneConfig(folder, {
    plain: { type: 'alias', remote: join(folder, 'plain') },
    hidden: { type: 'crypt', remote: join(folder, 'hidden'), password: obscured('a password') }
  })
}

for (const [which, { program, skip }] of Object.entries({ old: OLD_RCLONE, new: NEW_RCLONE }))
  backendSuite(`an alias, by the ${which} rclone`, { skip }, async (t) => {
    const folder = tempFolder(t, 'rclone')
    return subjectOf(t, 'plain:', localRemotes(folder), program, join(folder, 'plain'))
  })

backendSuite('an encrypted remote, by rclone', OLD_RCLONE, async (t) => {
  const config = localRemotes(tempFolder(t, 'rclone'))
  return subjectOf(t, 'hidden:', config, OLD_RCLONE.program)
})

backendSuite('an SSH server, by rclone', OLD_RCLONE, async (t) => {
  const folder = tempFolder(t, 'rclone')
  const { server, settings } = await rcloneSftp(t, folder)
  const subject = subjectOf(t, 'far:', rcloneConfig(folder, { far: settings }), OLD_RCLONE.program)
  return {
    ...subject,
    stop: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT')
  }
})
