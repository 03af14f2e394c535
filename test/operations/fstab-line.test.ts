/** A line for fstab names only a home that root, who mounts it, will use. */
import { chownSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { fstabLine } from '../../src/operations/fstab-line.js'
import { tempFolder } from '../support/temp.js'

const needsRoot = process.geteuid?.() === 0 ? false : "it takes root to make another user's home"

t.test("another user's home is not for fstab, whoever asks", { skip: needsRoot }, async (t) => {
  const home = join(tempFolder(t, 'fstab'), 'home')
  const line = () => fstabLine({ home, path: '/mnt/a b', config: undefined, allowOther: false })
  mkdirSync(home)
  t.match(line().line, /^\S+home {2}\/mnt\/a\\040b {2}fuse\.ipfs-kit /)
  chownSync(home, 1000, 1000)
  const refused = {
    code: 'ACCESS_DENIED',
    message:
      /belongs to another user \(uid 1000\).*service install --user '\/mnt\/a b'.*sudo ipfs-kit --home /
  }
  t.throws(line, refused)
  chownSync(join(home, '..'), 1000, 1000)
  process.seteuid!(1000)
  try {
    t.throws(line, refused, 'its owner asks')
  } finally {
    process.seteuid!(0)
  }
})
