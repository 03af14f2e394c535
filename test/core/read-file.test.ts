/** What is closed to a user: only the owner of a file can open it to others. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openFailure } from '../../src/core/read-file.js'
import { tempFolder } from '../support/temp.js'

const closed = (path: string): string => {
  const error = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' })
  return openFailure(path, 'try again', error).message
}

t.test(
  "chmod is the next step for what is one's own alone",
  { skip: process.getuid?.() === 0 ? false : 'it takes root to be another user' },
  (t) => {
    const folder = tempFolder(t, 'closed')
    const file = join(folder, 'file')
    writeFileSync(file, '')
    mkdirSync(join(folder, 'sub'))
    t.equal(
      closed(file),
      `${file} is closed to this user; give yourself access with \`chmod u+rw ${file}\``
    )
    t.match(closed(join(folder, 'sub', 'new.tmp')), /sub is closed .*chmod u\+rwx .*sub`/)
    chmodSync(folder, 0o755)
    process.seteuid!(65_534)
    t.teardown(() => process.seteuid!(0))
    t.match(closed(file), /file is closed to this user and belongs to root; run this as root/)
    t.match(
      closed(join(folder, 'new.tmp')),
      /^\S+ is closed to this user and belongs to root; run this as root/
    )
    process.seteuid!(0)
    t.end()
  }
)
