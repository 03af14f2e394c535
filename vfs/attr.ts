/** Mode, owner and times: the one rule, written down in README.md. */
import type { Cid } from '../src/core/cid.js'
import { ino, inodeNumber, nanosecondsOf } from './inode-number.js'
import type { ContentStat, NodeType } from './ports.js'

/** The second that every time starts from where the DAG has none: 2020-01-01T00:00:00Z. */
export const EPOCH_SECOND = 1_577_836_800

/** A folder's size as people see it: fixed, since a DAG has no such thing. */
export const DIRECTORY_SIZE = 4096

/** The bits of a mode that say what it is. */
export const TYPE_BITS: Readonly<Record<NodeType, number>> = {
  file: 0o100000,
  directory: 0o040000,
  symlink: 0o120000
}

const DEFAULT_MODE: Readonly<Record<NodeType, number>> = {
  file: 0o444,
  directory: 0o555,
  symlink: 0o777
}

/** Permission bits of the namespace folders: anyone may enter, only the root of `ipfs/` lists. */
const SYNTHETIC_MODE = 0o040555

export interface Attr {
  readonly inoLow: number
  readonly inoHigh: number
  readonly type: NodeType
  readonly size: number
  /** Type and permission bits. */
  readonly mode: number
  readonly mtimeSec: number
  readonly mtimeNsec: number
  readonly ctimeSec: number
  readonly ctimeNsec: number
  readonly certainty: Certainty
}

/**
 * How good attributes are: what a CID names cannot change; a size that a neighbour claims may turn
 * out to be another when the file is opened; the rest changes.
 */
export type Certainty = 'fixed' | 'claimed' | 'changing'

/** @param umask permission bits taken away from what is shown. */
export function attrOf(cid: Cid, stat: ContentStat, umask: number): Attr {
  inodeNumber(cid)
  const nanoseconds = nanosecondsOf(cid)
  // setuid, setgid and sticky never leave the DAG.
  const permissions = (stat.mode ?? DEFAULT_MODE[stat.type]) & 0o777
  return {
    inoLow: ino.low,
    inoHigh: ino.high,
    type: stat.type,
    size: stat.type === 'directory' ? DIRECTORY_SIZE : stat.size,
    mode: TYPE_BITS[stat.type] | (stat.type === 'symlink' ? permissions : permissions & ~umask),
    mtimeSec: stat.mtime?.sec ?? EPOCH_SECOND,
    mtimeNsec: stat.mtime?.nsec ?? nanoseconds,
    ctimeSec: EPOCH_SECOND,
    ctimeNsec: nanoseconds,
    certainty: 'fixed'
  }
}

/** As `attrOf`, of a file whose size is a neighbour's word alone. */
export const claimedAttr = (cid: Cid, stat: ContentStat, umask: number): Attr => ({
  ...attrOf(cid, stat, umask),
  certainty: 'claimed'
})

/**
 * A folder that no CID names; a file, where it has a size.
 * @param changedAt ms since 1970.
 */
export function syntheticAttr(number: number, changedAt: number, size?: number): Attr {
  const sec = Math.floor(changedAt / 1000)
  const nsec = Math.floor((changedAt % 1000) * 1e6)
  return {
    inoLow: number,
    inoHigh: 0,
    type: size === undefined ? 'directory' : 'file',
    size: size ?? DIRECTORY_SIZE,
    mode: size === undefined ? SYNTHETIC_MODE : TYPE_BITS.file | DEFAULT_MODE.file,
    mtimeSec: sec,
    mtimeNsec: nsec,
    ctimeSec: sec,
    ctimeNsec: nsec,
    certainty: 'changing'
  }
}
