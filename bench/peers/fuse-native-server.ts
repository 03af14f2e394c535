/** `fuse-native-server FOLDER MOUNTPOINT`: shows a folder, read-only, until it is told to end. */
import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs'
import Fuse, { type FuseOperations, type FuseStat } from 'fuse-native'

const [folder = '', mountpoint = ''] = process.argv.slice(2)

/** Tell the result of a system call, or its errno. */
function tell<T>(work: () => T, done: (error: number, result?: T) => void): void {
  let result: T
  try {
    result = work()
  } catch (error) {
    done((error as { errno?: number }).errno ?? -5)
    return
  }
  done(0, result)
}

const statOf = (path: string): FuseStat => {
  const stat = lstatSync(folder + path)
  return { ...stat, atime: stat.atimeMs, mtime: stat.mtimeMs, ctime: stat.ctimeMs }
}

// No attributes: the kernel then stops asking for them, which is the fastest.
const operations: Omit<FuseOperations, 'getxattr' | 'listxattr'> = {
  getattr: (path, done) => tell(() => statOf(path), done),
  readdir: (path, done) => tell(() => readdirSync(folder + path), done),
  readlink: (path, done) => tell(() => readlinkSync(folder + path), done),
  open: (path, _flags, done) => tell(() => openSync(folder + path, 'r'), done),
  release: (_path, fd, done) => tell(() => closeSync(fd), done),
  read: (_path, fd, into, length, position, done) =>
    tell(
      () => readSync(fd, into, 0, length, position),
      (error, count) => done(count ?? error)
    ),
  statfs: (_path, done) => done(0, { ...SIZES, files: 0, ffree: 0, favail: 0, namemax: 255 })
}

const SIZES = { bsize: 4096, frsize: 4096, blocks: 0, bfree: 0, bavail: 0 }

new Fuse(mountpoint, operations).mount((error) => {
  if (error) throw error
})
