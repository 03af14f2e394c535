/** The attributes of a node as libfuse 2 and its binding take them. */
import type { FuseStat } from 'fuse-native'
import { BLOCK_SIZE, type Attr } from '../../../../vfs/attr.js'

/** First inode number of content; folders without a CID have lower ones. */
const FIRST_NUMBER = 0x10000

export const statOf = (
  attr: Attr,
  { uid, gid }: { readonly uid: number; readonly gid: number }
): FuseStat => ({
  mode: attr.mode,
  uid,
  gid,
  size: attr.size,
  nlink: 1,
  ino: foldTo32Bits(attr.inoLow, attr.inoHigh),
  blksize: BLOCK_SIZE,
  blocks: Math.ceil(attr.size / 512),
  atime: milliseconds(attr.mtimeSec, attr.mtimeNsec),
  mtime: milliseconds(attr.mtimeSec, attr.mtimeNsec),
  ctime: milliseconds(attr.ctimeSec, attr.ctimeNsec)
})

/** Returns a time in ms, 0 for times before 1970, which the binding cannot pass. */
const milliseconds = (sec: number, nsec: number): number =>
  Math.max(0, sec * 1000 + Math.floor(nsec / 1e6))

/** Folds an inode number into the 32 bits of the binding, outside the numbers of fixed folders. */
export function foldTo32Bits(low: number, high: number): number {
  const number = (low ^ high) >>> 0
  return high !== 0 && number < FIRST_NUMBER ? number + FIRST_NUMBER : number
}

export const EMPTY_STAT: FuseStat = {
  mode: 0,
  uid: 0,
  gid: 0,
  size: 0,
  nlink: 1,
  ino: 0,
  blksize: BLOCK_SIZE,
  blocks: 0,
  atime: 0,
  mtime: 0,
  ctime: 0
}
